"""Pictures and playable copies of recordings, and which moment a recording shows on its card.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
    UUIDField,
)


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class MediaFile(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "media_files"

    class Rendition(Base):
        id = UUIDField(primary_key=True)
        media_file = ForeignKeyField(MediaFile, on_delete="CASCADE")
        kind = CharField(max_length=20)
        status = CharField(max_length=20)
        recipe = CharField(max_length=32)
        storage_key = CharField(max_length=100, null=True)
        width = IntegerField(null=True)
        height = IntegerField(null=True)
        size_bytes = BigIntegerField(null=True)
        meta = TextField()
        made_by_recipe = CharField(max_length=32, null=True)
        is_unwanted = BooleanField()
        error_code = CharField(max_length=50, null=True)
        error_message = TextField(null=True)
        job_id = UUIDField(null=True)
        finished_at = DateTimeField(null=True)

        class Meta:
            table_name = "renditions"
            indexes = ((("media_file", "kind"), True), (("recipe",), False))

    db.create_tables([Rendition], safe=False)
    db.execute_sql("ALTER TABLE media_files ADD COLUMN poster_at_ms INTEGER")
    db.execute_sql("ALTER TABLE media_files ADD COLUMN processing_status VARCHAR(20) NOT NULL DEFAULT 'pending'")
    db.execute_sql("CREATE INDEX media_files_processing_status ON media_files (processing_status)")

"""Notes on recordings, and on videos elsewhere.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import (
    BooleanField,
    CharField,
    Check,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
    UUIDField,
)


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class User(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "users"

    class Team(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "teams"

    class MediaFile(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "media_files"

    class VideoRef(Base):
        id = UUIDField(primary_key=True)
        team = ForeignKeyField(Team, on_delete="CASCADE", null=True)
        owner = ForeignKeyField(User, on_delete="CASCADE")
        provider = CharField(max_length=20)
        external_id = CharField(max_length=11)
        title = CharField(max_length=200)
        search_text = TextField()
        metadata = JSONField()
        duration_ms = IntegerField(null=True)
        summary = TextField(null=True)
        transcript_available = BooleanField()
        created_at = DateTimeField()

        class Meta:
            table_name = "video_refs"

    class Note(Base):
        id = UUIDField(primary_key=True)
        media = ForeignKeyField(MediaFile, on_delete="CASCADE", null=True)
        video_ref = ForeignKeyField(VideoRef, on_delete="CASCADE", null=True)
        author_id = UUIDField(index=True)
        author_kind = CharField(max_length=20)
        parent = ForeignKeyField("self", on_delete="CASCADE", null=True)
        at_ms = IntegerField()
        end_ms = IntegerField(null=True)
        text = TextField(null=True)
        search_text = TextField()
        is_ai = BooleanField()
        ai_status = CharField(max_length=20, null=True)
        is_resolved = BooleanField()
        version = IntegerField()
        created_at = DateTimeField()
        updated_at = DateTimeField()
        deleted_at = DateTimeField(null=True, index=True)

        class Meta:
            table_name = "notes"
            indexes = ((("media", "at_ms"), False), (("video_ref", "at_ms"), False))
            constraints = [Check("(media_id IS NULL) <> (video_ref_id IS NULL)")]  # noqa: RUF012

    db.create_tables([VideoRef, Note], safe=False)
    # A person, and a team, knows a video once.
    db.execute_sql("CREATE UNIQUE INDEX video_refs_own ON video_refs (owner_id, external_id) WHERE team_id IS NULL")
    db.execute_sql(
        "CREATE UNIQUE INDEX video_refs_of_team ON video_refs (team_id, external_id) WHERE team_id IS NOT NULL"
    )

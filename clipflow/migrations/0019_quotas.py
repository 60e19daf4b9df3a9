"""What teams and people use, their limits, and who has uploaded what.

Who uploaded a recording was not kept before; it counts for whoever made its project.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import (
    BigIntegerField,
    CharField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    Model,
    PostgresqlDatabase,
    UUIDField,
)


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Team(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "teams"

    class Usage(Base):
        holder = CharField(max_length=10)
        holder_id = UUIDField()
        week = CharField(max_length=10)
        used_bytes = BigIntegerField()
        reserved_bytes = BigIntegerField()

        class Meta:
            table_name = "usages"
            primary_key = CompositeKey("holder", "holder_id", "week")

    class TeamLimit(Base):
        team = ForeignKeyField(Team, on_delete="CASCADE", primary_key=True)
        storage_limit_mb = IntegerField(null=True)
        weekly_upload_limit_mb = IntegerField(null=True)

        class Meta:
            table_name = "team_limits"

    db.create_tables([Usage, TeamLimit], safe=False)
    id_type = "UUID" if isinstance(db, PostgresqlDatabase) else "TEXT"
    for column in ("uploaded_by_id", "charged_team_id"):
        db.execute_sql(f"ALTER TABLE pending_uploads ADD COLUMN {column} {id_type}")
    db.execute_sql("ALTER TABLE pending_uploads ADD COLUMN charged_week VARCHAR(10)")
    db.execute_sql(f"ALTER TABLE media_files ADD COLUMN uploaded_by_id {id_type}")
    db.execute_sql(
        "UPDATE media_files SET uploaded_by_id = "
        "(SELECT projects.owner_id FROM projects WHERE projects.id = media_files.project_id)"
    )
    for holder, column in (("team", "projects.team_id"), ("person", "media_files.uploaded_by_id")):
        db.execute_sql(
            "INSERT INTO usages (holder, holder_id, week, used_bytes, reserved_bytes) "  # noqa: S608
            f"SELECT '{holder}', {column}, '', SUM(media_files.file_size), 0 FROM media_files "
            "JOIN projects ON projects.id = media_files.project_id "
            f"WHERE media_files.deleted_at IS NULL AND media_files.state <> 'refused' AND {column} IS NOT NULL "
            f"GROUP BY {column}"
        )

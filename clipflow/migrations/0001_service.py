"""The tables of the first release: jobs, accounts, projects, recordings, analyses.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    FloatField,
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

    class Job(Base):
        id = UUIDField(primary_key=True)
        kind = CharField(max_length=50)
        subject_id = UUIDField()
        status = CharField(max_length=20)
        attempts = IntegerField()
        progress_percent = IntegerField()
        stage = CharField(max_length=50)
        claim = UUIDField(null=True)
        is_cancel_requested = BooleanField()
        due_at = DateTimeField()
        heartbeat_at = DateTimeField(null=True)
        error_code = CharField(max_length=50, null=True)
        error_message = TextField(null=True)
        created_at = DateTimeField()
        started_at = DateTimeField(null=True)
        finished_at = DateTimeField(null=True)

        class Meta:
            table_name = "jobs"
            indexes = ((("status", "due_at"), False), (("subject_id", "kind"), False))

    class WorkerHeartbeat(Base):
        worker_id = CharField(primary_key=True, max_length=200)
        seen_at = DateTimeField()

        class Meta:
            table_name = "worker_heartbeats"

    class PeriodicRun(Base):
        id = UUIDField(primary_key=True)
        name = CharField(max_length=50)
        slot = CharField(max_length=50)
        created_at = DateTimeField()

        class Meta:
            table_name = "periodic_runs"
            indexes = ((("name", "slot"), True),)

    class User(Base):
        id = UUIDField(primary_key=True)
        email = CharField(max_length=320, unique=True)
        full_name = CharField(max_length=200)
        password_hash = CharField(max_length=100)
        token_version = IntegerField()
        is_active = BooleanField()
        is_verified = BooleanField()
        is_admin = BooleanField()
        settings = JSONField()
        created_at = DateTimeField()
        updated_at = DateTimeField()
        last_login = DateTimeField(null=True)

        class Meta:
            table_name = "users"

    class Session(Base):
        id = UUIDField(primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE", backref="sessions")
        created_at = DateTimeField()
        last_used_at = DateTimeField()
        expires_at = DateTimeField(index=True)
        revoked_at = DateTimeField(null=True)

        class Meta:
            table_name = "sessions"

    class RefreshToken(Base):
        id = UUIDField(primary_key=True)
        session = ForeignKeyField(Session, on_delete="CASCADE", backref="refresh_tokens")
        token_hash = CharField(max_length=64, unique=True)
        parent_id = UUIDField(null=True, index=True)
        created_at = DateTimeField()
        expires_at = DateTimeField()
        replaced_at = DateTimeField(null=True)

        class Meta:
            table_name = "refresh_tokens"

    class PasswordReset(Base):
        id = UUIDField(primary_key=True)
        email = CharField(max_length=320)
        user = ForeignKeyField(User, on_delete="CASCADE", null=True, backref="password_resets")
        token_hash = CharField(max_length=64, null=True, unique=True)
        created_at = DateTimeField()
        expires_at = DateTimeField(index=True)
        used_at = DateTimeField(null=True)

        class Meta:
            table_name = "password_resets"

    class Project(Base):
        id = UUIDField(primary_key=True)
        owner = ForeignKeyField(User, on_delete="CASCADE", backref="projects")
        name = CharField(max_length=200)
        description = TextField()
        status = CharField(max_length=20)
        created_at = DateTimeField()
        updated_at = DateTimeField()
        deleted_at = DateTimeField(null=True)

        class Meta:
            table_name = "projects"
            indexes = ((("owner", "created_at", "id"), False),)

    class MediaFile(Base):
        id = UUIDField(primary_key=True)
        project = ForeignKeyField(Project, on_delete="CASCADE", backref="media_files")
        original_filename = CharField(max_length=255)
        storage_key = CharField(max_length=100)
        file_size = BigIntegerField()
        mime_type = CharField(max_length=100)
        duration_seconds = FloatField(null=True)
        media_info = JSONField()
        warnings = JSONField()
        tracks_key = CharField(max_length=100, null=True)
        created_at = DateTimeField()
        deleted_at = DateTimeField(null=True)

        class Meta:
            table_name = "media_files"
            indexes = ((("project", "created_at"), False), (("created_at",), False))

    class AnnouncedUpload(Base):
        id = UUIDField(primary_key=True)
        project = ForeignKeyField(Project, on_delete="CASCADE", backref="announced_uploads")
        filename = CharField(max_length=255)
        content_type = CharField(max_length=100)
        file_size = BigIntegerField()
        storage_key = CharField(max_length=100)
        received_at = DateTimeField(null=True)
        created_at = DateTimeField()
        expires_at = DateTimeField(index=True)

        class Meta:
            table_name = "announced_uploads"

    class AnalysisResult(Base):
        id = UUIDField(primary_key=True)
        media_file = ForeignKeyField(MediaFile, on_delete="CASCADE", backref="analysis_results")
        project = ForeignKeyField(Project, on_delete="CASCADE", backref="analysis_results")
        job = ForeignKeyField(Job, on_delete="SET NULL", null=True)
        processing_mode = CharField(max_length=20)
        options = JSONField()
        status = CharField(max_length=20)
        version = IntegerField()
        decisions = JSONField()
        summary = JSONField(null=True)
        transcription = TextField(null=True)
        filler_words_detected = JSONField()
        tracks_key = CharField(max_length=100, null=True)
        processing_time_ms = IntegerField(null=True)
        error_code = CharField(max_length=50, null=True)
        error_message = TextField(null=True)
        created_at = DateTimeField()
        started_at = DateTimeField(null=True)
        completed_at = DateTimeField(null=True)

        class Meta:
            table_name = "analysis_results"
            indexes = ((("project", "created_at"), False),)

    class AnalysisSegments(Base):
        analysis = ForeignKeyField(AnalysisResult, on_delete="CASCADE", primary_key=True, backref="segments")
        automatic = TextField()
        reviewed = TextField()

        class Meta:
            table_name = "analysis_segments"

    AnalysisResult.add_index(
        AnalysisResult.media_file,
        name="one_unfinished_analysis",
        unique=True,
        where=SQL("status IN ('pending', 'processing')"),
    )
    db.create_tables(
        [
            Job,
            WorkerHeartbeat,
            PeriodicRun,
            User,
            Session,
            RefreshToken,
            PasswordReset,
            Project,
            MediaFile,
            AnnouncedUpload,
            AnalysisResult,
            AnalysisSegments,
        ],
        safe=False,
    )

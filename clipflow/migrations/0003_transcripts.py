"""What transcripts need: the words of an analysis, and the parts that were sent to a service and paid for.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import (
    CharField,
    CompositeKey,
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

    class MediaFile(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "media_files"

    class AnalysisResult(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "analysis_results"

    class AnalysisTranscript(Base):
        analysis = ForeignKeyField(AnalysisResult, on_delete="CASCADE", primary_key=True, backref="transcript")
        source = CharField(max_length=20)
        language = CharField(max_length=20, null=True)
        announced = TextField()
        words = TextField()
        fillers = TextField()

        class Meta:
            table_name = "analysis_transcripts"

    class TranscribedPart(Base):
        media_file = ForeignKeyField(MediaFile, on_delete="CASCADE", backref="transcribed_parts")
        key = CharField(max_length=64)
        request = CharField(max_length=64)
        start_ms = IntegerField()
        end_ms = IntegerField()
        answer = TextField()
        created_at = DateTimeField()

        class Meta:
            table_name = "transcribed_parts"
            primary_key = CompositeKey("media_file", "key")

    db.create_tables([AnalysisTranscript, TranscribedPart], safe=False)
    # The text is put together from the words.
    db.execute_sql("ALTER TABLE analysis_results DROP COLUMN transcription")

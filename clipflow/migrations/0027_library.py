"""Categories, descriptions and views of recordings, and the texts by which recordings are found.

What is said is found by its trigrams: an index that finds any part of a text, on SQLite by FTS5 and on PostgreSQL by
pg_trgm where that may be installed; without it every text is read, which takes longer and finds the same.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103, S608
import json
import logging
import unicodedata
from typing import Any

from peewee import (
    AutoField,
    CharField,
    CompositeKey,
    DatabaseError,
    DateTimeField,
    ForeignKeyField,
    Model,
    PostgresqlDatabase,
    TextField,
    UUIDField,
)

logger = logging.getLogger(__name__)

_FTS = (
    "CREATE VIRTUAL TABLE transcript_search USING fts5("
    "text, content='transcript_texts', content_rowid='id', tokenize='trigram')",
    "CREATE TRIGGER transcript_texts_added AFTER INSERT ON transcript_texts BEGIN "
    "INSERT INTO transcript_search (rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER transcript_texts_removed AFTER DELETE ON transcript_texts BEGIN "
    "INSERT INTO transcript_search (transcript_search, rowid, text) VALUES ('delete', old.id, old.text); END",
    "CREATE TRIGGER transcript_texts_changed AFTER UPDATE ON transcript_texts BEGIN "
    "INSERT INTO transcript_search (transcript_search, rowid, text) VALUES ('delete', old.id, old.text); "
    "INSERT INTO transcript_search (rowid, text) VALUES (new.id, new.text); END",
)


def _searchable(text: str) -> str:
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return " ".join(unicodedata.normalize("NFKD", bare.casefold()).split())


def up(migrator: Any, db: Any) -> None:
    is_postgresql = isinstance(db, PostgresqlDatabase)

    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Team(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "teams"

    class MediaFile(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "media_files"

    class AnalysisResult(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "analysis_results"

    class Category(Base):
        id = UUIDField(primary_key=True)
        team = ForeignKeyField(Team, on_delete="CASCADE", null=True)
        name = CharField(max_length=100)
        slug = CharField(max_length=120, unique=True)
        created_at = DateTimeField()

        class Meta:
            table_name = "categories"

    class View(Base):
        media_file = ForeignKeyField(MediaFile, on_delete="CASCADE")
        viewer_id = UUIDField()
        day = CharField(max_length=10)

        class Meta:
            table_name = "views"
            primary_key = CompositeKey("media_file", "viewer_id", "day")

    class TranscriptText(Base):
        id = AutoField()
        analysis = ForeignKeyField(AnalysisResult, on_delete="CASCADE", unique=True)
        text = TextField()

        class Meta:
            table_name = "transcript_texts"

    db.create_tables([Category, View, TranscriptText], safe=False)
    id_type = "UUID" if is_postgresql else "TEXT"
    for column in (
        "description TEXT NOT NULL DEFAULT ''",
        "search_text TEXT NOT NULL DEFAULT ''",
        "view_count INTEGER NOT NULL DEFAULT 0",
        f"category_id {id_type} REFERENCES categories (id) ON DELETE SET NULL",
    ):
        db.execute_sql(f"ALTER TABLE media_files ADD COLUMN {column}")
    db.execute_sql("CREATE INDEX media_files_category_id ON media_files (category_id)")
    # Of each recording the newest analysis is asked for.
    db.execute_sql("CREATE INDEX analysis_results_counting ON analysis_results (media_file_id, current_since, status)")
    mark = "%s" if is_postgresql else "?"
    for media_id, title, name in db.execute_sql("SELECT id, title, original_filename FROM media_files").fetchall():
        text = _searchable(f"{title} {name}")
        db.execute_sql(f"UPDATE media_files SET search_text = {mark} WHERE id = {mark}", (text, media_id))
    if not is_postgresql:
        for statement in _FTS:
            db.execute_sql(statement)
    for analysis_id, words in db.execute_sql("SELECT analysis_id, words FROM analysis_transcripts").fetchall():
        text = _searchable(" ".join(str(word[2]) for word in json.loads(words) or ()))
        if text:
            db.execute_sql(
                f"INSERT INTO transcript_texts (analysis_id, text) VALUES ({mark}, {mark})", (analysis_id, text)
            )
    if is_postgresql:
        _index_trigrams(db)


def _index_trigrams(db: Any) -> None:
    try:
        with db.atomic():
            db.execute_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            db.execute_sql(
                "CREATE INDEX transcript_texts_text ON transcript_texts USING gin (text gin_trgm_ops) "
                "WITH (fastupdate = off)"
            )
    except DatabaseError as error:
        logger.warning("Transcripts are searched without an index, because pg_trgm cannot be installed: %s", error)

"""The library: ten thousand recordings, of which the transcripts last a thousand hours."""

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from benchmarks.organisation import insert_rows, opened_database, page_ms
from benchmarks.service import Caller, running
from benchmarks.table import Row
from clipflow.analysis.models import AnalysisResult, AnalysisStatus
from clipflow.core import clock
from clipflow.core.db import database
from clipflow.core.searching import searchable
from clipflow.media.models import MediaFile
from clipflow.projects.models import Project
from clipflow.teams.models import Team
from clipflow.transcripts.models import TranscriptText
from scripts.databases import own_database

RECORDINGS = 10_000
HOURS = 1_000
_WORDS_AN_HOUR = 9_000
_PROJECTS = 50
_LONGEST_PAGE_MS = 50
_LONGEST_SEARCH_MS = 150
_VOCABULARY = 20_000
_SYLLABLES = ("ka", "lo", "mi", "tre", "san", "do", "pel", "vi", "nu", "ras", "ten", "go")
# Said once, in the middle of everything.
_RARE = "pneumonoultramicroscopic"


def measure_library() -> Iterator[tuple[str, list[Row]]]:
    """On SQLite, and where CLIPFLOW_TEST_DATABASE_URL names a server, on a PostgreSQL database of its own there."""
    yield f"A library of {RECORDINGS:,} recordings and {HOURS:,} hours of transcript on SQLite", _measured(None)
    server = os.environ.get("CLIPFLOW_TEST_DATABASE_URL", "")
    if not server:
        print("PostgreSQL is left out: CLIPFLOW_TEST_DATABASE_URL names none.")
        return
    yield "The same on PostgreSQL", _measured(server)


def _measured(server: str | None) -> list[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'clipflow.db'}" if server is None else stack.enter_context(own_database(server))
        service = stack.enter_context(running(folder, more={"DATABASE_URL": url, "MAKE_PICTURES": "false"})).web
        caller = Caller(service)
        # Makes the person's own team.
        caller.call("GET", "/teams")
        with opened_database(url):
            _fill(UUID(str(caller.call("GET", "/auth/me")["user"]["id"])))  # type: ignore[index]
        pages = {
            "first page, newest first": "/library",
            "last page": f"/library?page={RECORDINGS // 24}",
            "by title": "/library?sort=title&order=asc",
            "those to review": "/library?status=ready",
            "by a title": "/library?q=recording+77",
        }
        rows = [
            Row.at_most(f"{title}, ms", page_ms(service, caller, path), _LONGEST_PAGE_MS, 1)
            for title, path in pages.items()
        ]
        searches = {
            "what one has said": _RARE[5:20], "what nobody has said": "xylophones", "two words that many say": "ka lo",
        }  # fmt: skip
        for title, text in searches.items():
            path = f"/library?q={text.replace(' ', '+')}"
            rows.append(Row.at_most(f"search for {title}, ms", page_ms(service, caller, path), _LONGEST_SEARCH_MS, 1))
        return rows


def _fill(person_id: UUID) -> None:
    now, chance = clock.now(), random.Random(18)
    team_id = Team.get(Team.personal_of == person_id).id
    projects, media = [uuid4() for _ in range(_PROJECTS)], [uuid4() for _ in range(RECORDINGS)]
    insert_rows(Project, (
        {"id": one, "creator": person_id, "team": team_id, "name": f"P{n}", "created_at": now, "updated_at": now}
        for n, one in enumerate(projects)
    ))  # fmt: skip
    insert_rows(MediaFile, (
        {
            "id": one, "project": projects[n % _PROJECTS], "original_filename": f"file{n}.mp4",
            "title": f"Recording {n}", "search_text": searchable(f"Recording {n} file{n}.mp4"),
            "storage_key": f"none-{n}", "file_size": 1000 + n,
            "mime_type": "video/mp4", "duration_seconds": 3600.0, "media_info": {}, "uploaded_by_id": person_id,
            "created_at": now - timedelta(minutes=n),
        } for n, one in enumerate(media)
    ))  # fmt: skip
    analysed = [(uuid4(), one) for one in media]
    summary = {"duration_ms": 3_600_000, "removed_ms": 900_000, "suggested_ms": 100_000}
    insert_rows(AnalysisResult, (
        {
            "id": one, "media_file": media_id, "project": projects[n % _PROJECTS], "processing_mode": "vad",
            "options": {}, "status": AnalysisStatus.COMPLETED, "summary": summary, "created_at": now,
            "current_since": now, "version": 1,
        } for n, (one, media_id) in enumerate(analysed)
    ))  # fmt: skip
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(_VOCABULARY)]
    for number, (analysis_id, _) in enumerate(analysed[:HOURS]):
        said = chance.choices(words, k=_WORDS_AN_HOUR)
        if number == HOURS // 2:
            said[_WORDS_AN_HOUR // 2] = _RARE
        TranscriptText.insert(analysis=analysis_id, text=" ".join(said)).execute()
    database.execute_sql("ANALYZE")

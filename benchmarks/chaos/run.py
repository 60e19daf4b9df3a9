"""One set-up: people at work while things go wrong, a look at everything in peace, and the figures."""

import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import requests

from benchmarks.chaos.faults import (
    MigrationMonkey,
    RequestMonkey,
    SurroundingsMonkey,
    WebMonkey,
    WorkerMonkey,
    remove_filler,
)
from benchmarks.chaos.notes import Recording
from benchmarks.chaos.people import COMMON_EMAIL, PEOPLE, Common, Person, UnansweredError, Visitor
from benchmarks.chaos.promises import ALIVE, Checker, check_deleted, check_payments, check_rest, rows
from benchmarks.chaos.site import Site, built
from benchmarks.inputs import SAMPLE, make_once
from benchmarks.table import Row, print_rows

_CLIP_S = 12
_CLIPS = 3
_PAUSES_S = {"worker": (0.3, 1.5), "web": (0.1, 1.0), "surroundings": (0.5, 2.0), "migrations": (5.0, 20.0)}
_MOST_EXAMPLES = 3


def try_one(name: str, seed: str, minutes: float, database_url: str, queue_url: str) -> None:
    """One set-up from its start to its figures; the process ends with 1 when a promise was broken."""
    files = make_clips()
    done: Counter[str] = Counter()
    with built(name, database_url, queue_url) as site:
        let_things_happen(site, f"{seed} {name}", minutes, files, done, database_url)
    check_rest(site)
    title = "SQLite" if name == "embedded" else "PostgreSQL and Redis"
    print_rows(f"What happened, on {title}", [Row(what, f"{count}") for what, count in sorted(done.items())])
    print_rows(f"What was promised, on {title}", rows(site.notes))
    for promise, sentences in site.notes.broken.items():
        for sentence in sentences[:_MOST_EXAMPLES]:
            print(f"\n{promise}: {sentence}", flush=True)
    sys.exit(bool(site.notes.broken))


def let_things_happen(
    site: Site, seed: str, minutes: float, files: list[Path], done: Counter[str], database_url: str
) -> None:
    """People work while things go wrong; then everything is looked at in peace."""
    checker = Checker()
    everybody = Visitor(site, COMMON_EMAIL, random.Random(seed))
    common = Common(files, prepare(everybody, checker, files))
    people = [Person(site, number, seed, common, checker.check) for number in range(PEOPLE)]
    monkeys = [
        WorkerMonkey(site, "worker", seed, done, _PAUSES_S["worker"]),
        WebMonkey(site, "web", seed, done, _PAUSES_S["web"]),
        RequestMonkey(site, seed, done, _PAUSES_S["web"], common),
        SurroundingsMonkey(site, seed, done, _PAUSES_S["surroundings"]),
        MigrationMonkey(site, seed, done, _PAUSES_S["migrations"], database_url),
    ]
    for thread in (*people, *monkeys):
        thread.start()
    threading.excepthook = lambda told: site.notes.breaks(ALIVE, f"{told.thread}: {told.exc_type} {told.exc_value}")
    watch_health(site, time.monotonic() + minutes * 60)
    site.is_over.set()
    for thread in (*monkeys, *people):
        thread.join()
    remove_filler(site.folder / "data")
    everybody.insist(everybody.sign_in)
    checker.check(everybody, common.recording)
    for person in people:
        for recording in person.recordings:
            try:
                checker.check(person.visitor, recording)
            except UnansweredError:
                continue
        check_deleted(person.visitor, person.deleted)
    check_payments(site, site.notes.ended_s)


def prepare(everybody: Visitor, checker: Checker, files: list[Path]) -> Recording:
    """Before anything goes wrong: what each file's result is, and the recording that all review."""
    everybody.insist(everybody.sign_in)
    project_id = everybody.make_project()
    recordings = [everybody.upload(project_id, file) for file in files]
    for recording in recordings:
        checker.expect(everybody, recording)
    return recordings[0]


def watch_health(site: Site, until_s: float) -> None:
    """Ask every web server that is meant to run whether it lives."""
    while time.monotonic() < until_s:
        for member in site.of("web"):
            began_s = time.monotonic()
            try:
                requests.get(f"http://127.0.0.1:{member.environment['PORT']}/api/v1/health", timeout=20)
            except requests.RequestException:
                continue
            site.notes.health_ms.append((time.monotonic() - began_s) * 1000)
        time.sleep(0.2)


def make_clips() -> list[Path]:
    """Parts of the sample, as mp4."""
    return [
        make_once(
            f"chaos-clip-{number}.mp4", "-ss", str(number * _CLIP_S), "-i", str(SAMPLE), "-t", str(_CLIP_S),
            "-c:v", "libx264", "-preset", "ultrafast",
        )
        for number in range(_CLIPS)
    ]  # fmt: skip

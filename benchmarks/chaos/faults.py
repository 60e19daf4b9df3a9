"""What happens to an installation: by a seed, in rounds in which everything happens once, in an order by chance."""

import os
import random
import shutil
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from benchmarks.chaos.notes import COPIED, MIGRATED, NOWHERE
from benchmarks.chaos.people import Common, UnansweredError, Visitor
from benchmarks.chaos.site import Member, Site, other_clock
from scripts.databases import own_database
from scripts.running import Process, descendants

_MEDIA_TOOLS = {"ffmpeg", "ffprobe"}
_TOOL_COMES_WITHIN_S = 6.0
_CLOCKS_S = (-60.0, -0.3, -0.05, 0.3, 120.0)
_FILLER = "filler"
_BURST = 40
# Nothing is promised of how long a command of the shell takes on a machine where everything happens at once.
_COMMAND_WITHIN_S = 180.0

Fault = Callable[[], bool]


class Monkey(threading.Thread):
    """Does one thing after another to an installation until it is over; what could not be done is not counted."""

    def __init__(self, site: Site, name: str, seed: str, done: Counter[str], pauses_s: tuple[float, float]) -> None:
        super().__init__(name=name, daemon=True)
        self.site = site
        self.chance = random.Random(f"{seed} {name}")
        self._done = done
        self._pauses_s = pauses_s

    def faults(self) -> dict[str, Fault]:
        """What it can do; each says whether it was done."""
        raise NotImplementedError

    def run(self) -> None:
        """Do everything once in an order by chance, again and again."""
        faults = list(self.faults().items())
        while not self.site.is_over.is_set():
            for name, fault in self.chance.sample(faults, len(faults)):
                if self.site.is_over.wait(self.chance.uniform(*self._pauses_s)):
                    return
                if fault():
                    self._done[name] += 1

    def _end_and_start(self, member: Member, number: signal.Signals, *, whole_group: bool = False) -> bool:
        with member.lock:
            member.end(number, whole_group=whole_group)
            time.sleep(self.chance.uniform(0, 0.5))
            member.start_again()
        return True

    def _any(self, command: str) -> Member:
        return self.chance.choice(self.site.of(command))


class WorkerMonkey(Monkey):
    """What happens to workers and to the media tools below them."""

    def faults(self) -> dict[str, Fault]:
        return {
            "a worker killed": lambda: self._end_and_start(self._any("worker"), signal.SIGKILL),
            "a worker stopped, with its media tools": lambda: self._end_and_start(
                self._any("worker"), signal.SIGTERM, whole_group=True
            ),
            "ffmpeg or ffprobe killed": lambda: self._end_tool(signal.SIGKILL),
            "ffmpeg or ffprobe terminated": lambda: self._end_tool(signal.SIGTERM),
            "a worker with a wrong clock": self._set_clock,
        }

    def _end_tool(self, number: signal.Signals) -> bool:
        until_s = time.monotonic() + _TOOL_COMES_WITHIN_S
        while time.monotonic() < until_s and not self.site.is_over.is_set():
            tools = [
                pid for member in self.site.members for pid, name in descendants(member.pid).items()
                if name in _MEDIA_TOOLS
            ]  # fmt: skip
            if tools:
                time.sleep(self.chance.uniform(0, 0.05))
                with suppress(ProcessLookupError):
                    os.kill(self.chance.choice(tools), number)
                    return True
            time.sleep(0.002)
        return False

    def _set_clock(self) -> bool:
        member = self._any("worker")
        with member.lock:
            member.end(signal.SIGKILL)
            member.start_again(other_clock(self.chance.choice(_CLOCKS_S)))
        return True


class WebMonkey(Monkey):
    """What happens to web servers, and to both kinds at once."""

    def faults(self) -> dict[str, Fault]:
        return {
            "a web server killed": lambda: self._end_and_start(self._any("web"), signal.SIGKILL),
            "a web server and a worker killed together": self._kill_both,
            "a web server stopped": lambda: self._end_and_start(self._any("web"), signal.SIGTERM),
        }

    def _kill_both(self) -> bool:
        web, worker = self._any("web"), self._any("worker")
        with web.lock, worker.lock:
            for member in (web, worker):
                member.end(signal.SIGKILL)
            web.start_again()
            worker.start_again()
        return True


class RequestMonkey(Monkey):
    """What happens in the middle of a request."""

    def __init__(self, site: Site, seed: str, done: Counter[str], pauses_s: tuple[float, float], common: Common):
        super().__init__(site, "requests", seed, done, pauses_s)
        self._common = common
        self._visitor = Visitor(site, "confirms@example.org", self.chance)
        self._project_id = ""

    def faults(self) -> dict[str, Fault]:
        return {
            "a web server killed in a confirmation": self._kill_in_confirmation,
            "a computing process killed": self._kill_computing,
        }

    def _kill_computing(self) -> bool:
        member = self._any("web")
        with member.lock:
            children = [pid for pid in descendants(member.pid) if _is_computing(pid)]
            if children:
                with suppress(ProcessLookupError):
                    os.kill(self.chance.choice(children), signal.SIGKILL)
        return bool(children)

    def _kill_in_confirmation(self) -> bool:
        """Both web servers are killed at a random moment of a confirmation that one of them is answering."""
        file = self.chance.choice(self._common.files)
        try:
            if not self._project_id:
                self._visitor.insist(self._visitor.sign_in)
                self._project_id = self._visitor.make_project()
            file_id = self._visitor.announce(self._project_id, file)
        except UnansweredError:
            return False
        webs = self.site.of("web")
        with webs[0].lock, webs[1].lock:
            asking = threading.Thread(target=self._confirm_once, args=(file_id,), daemon=True)
            asking.start()
            time.sleep(self.chance.uniform(0, 0.25))
            for member in webs:
                member.end(signal.SIGKILL)
            for member in webs:
                member.start_again()
            asking.join()
        with suppress(UnansweredError):
            recording = self._visitor.confirm(file_id, file)
            self._visitor.insist(lambda: self._visitor.ask("DELETE", f"/media/{recording.id}", also=(404,)))
        return True

    def _confirm_once(self, file_id: str) -> None:
        with suppress(UnansweredError):
            self._visitor.ask("POST", f"/upload/confirm/{file_id}")


class MigrationMonkey(Monkey):
    """What happens to first starts."""

    def __init__(self, site: Site, seed: str, done: Counter[str], pauses_s: tuple[float, float], database_url: str):
        super().__init__(site, "migrations", seed, done, pauses_s)
        self._database_url = database_url

    def faults(self) -> dict[str, Fault]:
        return {"a migration killed": self._kill_migration}

    def _kill_migration(self) -> bool:
        """A first migration is killed at a random moment; the next one has to make it whole."""
        scratch = self.site.folder / "fresh"
        if not self.site.lines:
            self._kill_and_migrate({"DATA_DIR": str(scratch)})
        else:
            with own_database(self._database_url) as url:
                self._kill_and_migrate({"DATA_DIR": str(scratch), "DATABASE_URL": url})
        shutil.rmtree(scratch, ignore_errors=True)
        return True

    def _kill_and_migrate(self, environment: dict[str, str]) -> None:
        killed = self.site.run("migrate", environment=environment)
        time.sleep(self.chance.uniform(0.3, 1.5))
        killed.kill()
        whole = self.site.run("migrate", environment=environment)
        status = whole.wait(_COMMAND_WITHIN_S)
        again = self.site.run("migrate", environment=environment)
        again.wait(_COMMAND_WITHIN_S)
        if status != 0 or "0001_" in again.log:
            self.site.notes.breaks(MIGRATED, whole.log[-500:])
        self.site.notes.count("migrations")


class SurroundingsMonkey(Monkey):
    """What happens around the processes: outages, the disk, the wrong database, copies, load."""

    def __init__(self, site: Site, seed: str, done: Counter[str], pauses_s: tuple[float, float]) -> None:
        super().__init__(site, "surroundings", seed, done, pauses_s)

    def faults(self) -> dict[str, Fault]:
        found: dict[str, Fault] = {
            "a storage that is not mounted": self._take_storage_away,
            "a worker on an empty database beside the storage": self._use_wrong_database,
            "a copy of the database under way": self._back_up,
            "a burst of requests": self._burst,
        }
        if self.site.is_small_disk:
            found["a full disk"] = self._fill_disk
        for name, line in self.site.lines.items():
            found[f"the {name} down"] = lambda line=line: self._fail(line.cut, line.mend, (1, 6))  # type: ignore[misc]
            found[f"the line to the {name} dead"] = lambda line=line: self._fail(line.go_dead, line.mend, (1, 6))  # type: ignore[misc]
        return found

    def _fail(self, begin: Callable[[], None], end: Callable[[], None], seconds: tuple[float, float]) -> bool:
        begin()
        self.site.is_over.wait(self.chance.uniform(*seconds))
        end()
        return True

    def _take_storage_away(self) -> bool:
        media, aside = self.site.media, self.site.media.with_name("media-taken-away")
        media.rename(aside)
        self.site.is_over.wait(self.chance.uniform(0.5, 4))
        if media.exists():
            self.site.notes.breaks(NOWHERE, f"{sorted(media.rglob('*'))[:5]}")
            shutil.rmtree(media)
        aside.rename(media)
        return True

    def _fill_disk(self) -> bool:
        filler = self.site.folder / "data" / _FILLER
        with suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(bytes(4 * 1024**2))
                file.flush()
        self.site.is_over.wait(self.chance.uniform(0.5, 4))
        filler.unlink(missing_ok=True)
        return True

    def _use_wrong_database(self) -> bool:
        scratch = self.site.folder / "wrong"
        other = {
            "DATA_DIR": str(scratch), "UPLOAD_DIR": str(self.site.media), "DATABASE_URL": "", "QUEUE_URL": "",
        }  # fmt: skip
        process = self.site.run("worker", environment=other)
        self.site.is_over.wait(4)
        process.send(signal.SIGTERM)
        process.wait(_COMMAND_WITHIN_S)
        shutil.rmtree(scratch, ignore_errors=True)
        return True

    def _back_up(self) -> bool:
        if self.site.lines:
            return False  # pg_dump is the PostgreSQL server's own.
        target = self.site.folder / "copy"
        status = self._run_out("backup", str(target))
        if status == 0:
            [found] = target.glob("database-*")
            with closing(sqlite3.connect(found)) as copy:
                (answer,) = copy.execute("PRAGMA integrity_check").fetchone()
                (people,) = copy.execute("SELECT count(*) FROM users").fetchone()
            if answer != "ok" or not people:
                self.site.notes.breaks(COPIED, f"{answer}, {people} people")
            self.site.notes.count("copies of the database")
        shutil.rmtree(target, ignore_errors=True)
        return status == 0

    def _run_out(self, *arguments: str) -> int:
        process: Process = self.site.run(*arguments)
        return process.wait(_COMMAND_WITHIN_S)

    def _burst(self) -> bool:
        """Many people ask the same at once."""
        threads = [
            threading.Thread(target=self._ask_a_few, args=(number,), daemon=True) for number in range(_BURST)
        ]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return True

    def _ask_a_few(self, number: int) -> None:
        visitor = Visitor(self.site, f"burst-{number}@example.org", random.Random(number))
        with suppress(UnansweredError):
            visitor.sign_in()
            for _ in range(5):
                visitor.ask("GET", "/projects")


def _is_computing(pid: int) -> bool:
    with suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def remove_filler(data: Path) -> None:
    """Make room again after a run that was over in the middle of a full disk."""
    (data / _FILLER).unlink(missing_ok=True)

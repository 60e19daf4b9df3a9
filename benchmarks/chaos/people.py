"""People who use the installation: they note what they were answered, and try again where nothing came."""

import hashlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.chaos.notes import ANSWERS, AT_LAST, CONFIRMED, FOREIGN, IN_TIME, THERE, Analysis, Recording
from benchmarks.chaos.site import Site

PASSWORD = "Correct-Horse-7"  # noqa: S105  of nobody
SLOT_MS = 200
SLOTS = 50
KEPT_RECORDINGS = 4
PEOPLE = 5
COMMON_EMAIL = "everybody@example.org"
ACTIONS = ("keep", "remove", "suggest_remove", "auto")
_AWAY = {429, 502, 503, 504}
_PATIENCE_S = 90.0
_TIMEOUT_S = 40.0


class UnansweredError(Exception):
    """No answer came, or one that says to come again: nobody knows what was done."""


class Visitor:
    """A signed-in person who asks whichever web server is there."""

    def __init__(self, site: Site, email: str, chance: random.Random) -> None:
        self._site = site
        self.notes = site.notes
        self.chance = chance
        self._email = email
        self._token = ""

    def sign_in(self) -> None:
        """Register, or sign in where that has been done."""
        body = {"email": self._email, "password": PASSWORD}
        answer = self._send("POST", "/auth/register", json=body)
        if answer.status_code == 409:
            answer = self._send("POST", "/auth/login", json=body)
        if answer.status_code not in (200, 201):
            self.notes.breaks(ANSWERS, f"signing in was answered {answer.status_code}: {answer.text[:200]}")
            raise UnansweredError
        self._token = answer.json()["access_token"]

    def ask(self, method: str, path: str, *, also: tuple[int, ...] = (), **arguments: Any) -> requests.Response:
        """An answer of the 200s, or one of those that are expected too.

        Raises:
            UnansweredError: none came, or one that says to come again.
        """
        answer = self._send(method, path, **arguments)
        if answer.status_code == 401:
            self.sign_in()
            answer = self._send(method, path, **arguments)
        if answer.status_code >= 300 and answer.status_code not in also:
            self.notes.breaks(ANSWERS, f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}")
            raise UnansweredError
        self.notes.count("answers")
        return answer

    def _send(self, method: str, path: str, **arguments: Any) -> requests.Response:
        base = self.chance.choice(self._site.addresses())
        address = f"{base}/api/v1{path}"
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            answer = requests.request(method, address, headers=headers, timeout=_TIMEOUT_S, **arguments)
        except requests.Timeout as error:
            self.notes.breaks(IN_TIME, f"{method} {path}")
            raise UnansweredError from error
        except requests.RequestException as error:
            self.notes.count("connections that broke")
            raise UnansweredError from error
        if answer.status_code in _AWAY:
            self.notes.count("answers that said to come again")
            raise UnansweredError
        return answer

    def insist(self, action: Callable[[], Any], patience_s: float = _PATIENCE_S) -> Any:
        """Do something until it is answered.

        Raises:
            UnansweredError: it never was; which is noted.
        """
        until_s = time.monotonic() + patience_s
        while True:
            try:
                return action()
            except UnansweredError:
                if time.monotonic() > until_s:
                    self.notes.breaks(AT_LAST, f"nothing for {patience_s:.0f} s")
                    raise
                time.sleep(0.3)

    def get(self, path: str) -> Any:
        """What stands at an address, asked until it is answered."""
        return self.insist(lambda: self.ask("GET", path).json())

    def make_project(self) -> str:
        """A new project."""
        answer = self.insist(lambda: self.ask("POST", "/projects", json={"name": "Interview"}))
        return str(answer.json()["project"]["id"])

    def upload(self, project_id: str, file: Path) -> Recording:
        """Send a recording as a form; one whose answer did not come may be there or not."""
        with file.open("rb") as stream:
            answer = self.ask("POST", f"/projects/{project_id}/upload", files={"file": (file.name, stream)})
        self.notes.count("recordings")
        return Recording(str(answer.json()["media_file"]["id"]), file)

    def announce(self, project_id: str, file: Path) -> str:
        """Announce an upload of raw bytes and send them; its id."""
        body = {
            "project_id": project_id, "filename": file.name, "content_type": "video/mp4",
            "file_size": file.stat().st_size,
        }  # fmt: skip
        announced = self.insist(lambda: self.ask("POST", "/upload/presigned", json=body)).json()
        path = announced["upload_url"][announced["upload_url"].index("/upload/") :]
        # 409: it had arrived, only the answer had not.
        self.insist(lambda: self.ask("PUT", path, data=file.read_bytes(), also=(409,)))
        return str(announced["file_id"])

    def confirm(self, file_id: str, file: Path) -> Recording:
        """Confirm an upload again and again until that is answered, and once more to hear the same."""
        ids = {
            self.insist(lambda: self.ask("POST", f"/upload/confirm/{file_id}")).json()["media_file"]["id"]
            for _ in range(2)
        }
        self.notes.count("confirmed uploads")
        if len(ids) > 1:
            self.notes.breaks(CONFIRMED, f"{file_id} became {ids}")
        return Recording(str(ids.pop()), file)

    def analyze(self, recording: Recording, mode: str) -> Analysis:
        """Have a recording analysed."""
        path = f"/media/{recording.id}/analyze"
        # A prompt of its own, so that no part of it was paid for another's sake.
        wanted = {"prompt": f"{self.chance.getrandbits(64):x}"} if mode == "whisper" else {}
        answer = self.ask("POST", path, json={"processing_mode": mode, **wanted}, also=(409,))
        if answer.status_code == 409:
            # One at a time; the other may be one whose answer did not come.
            raise UnansweredError
        analysis = Analysis(str(answer.json()["analysis_id"]), mode)
        recording.analyses.append(analysis)
        self.notes.count("analyses")
        return analysis

    def decide(self, analysis: Analysis, slot: int) -> None:
        """Decide on a stretch that nobody else decides on."""
        action = self.chance.choice(ACTIONS)
        wish = analysis.wish(slot)
        for _ in range(40):
            version = self.get(f"/analysis/{analysis.id}/segments?from_ms=0&to_ms=1000")["version"]
            change = {"start_ms": slot * SLOT_MS, "end_ms": (slot + 1) * SLOT_MS, "action": action}
            body = {"version": version, "changes": [change]}
            try:
                answer = self.ask("PATCH", f"/analysis/{analysis.id}/segments", json=body, also=(409,))
            except UnansweredError:
                wish.unanswered.add(None if action == "auto" else action)
                with analysis.lock:
                    analysis.unanswered += 1
                continue
            if answer.status_code == 409:
                self.notes.count("decisions that came too late and were made again")
                continue
            wish.answered, wish.unanswered = None if action == "auto" else action, set()
            with analysis.lock:
                analysis.versions.append(answer.json()["version"])
            self.notes.count("decisions")
            return


@dataclass(frozen=True)
class Common:
    """What all people share: the files to upload, and a recording that they review together."""

    files: list[Path]
    recording: Recording


Check = Callable[[Visitor, Recording], None]


class Person(threading.Thread):
    """Somebody at work until the end."""

    def __init__(self, site: Site, number: int, seed: str, common: Common, check: Check) -> None:
        super().__init__(name=f"person {number}", daemon=True)
        self._site = site
        self._number = number
        self._files = common.files
        self._common = common
        self._check = check
        chance = random.Random(f"{seed} person {number}")
        self.visitor = Visitor(site, f"person-{number}@example.org", chance)
        self._colleague = Visitor(site, COMMON_EMAIL, chance)
        self.recordings: list[Recording] = []
        self.deleted: list[str] = []
        self._project_id = ""

    def run(self) -> None:
        """Work, whatever happens."""
        chance = self.visitor.chance
        actions: list[tuple[Callable[[], None], int]] = [
            (self._upload, 3), (self._upload_in_steps, 3), (self._analyze, 4), (self._decide, 10),
            (self._retire, 3), (self._look, 4), (self._cancel, 1), (self._decide_together, 4),
        ]  # fmt: skip
        try:
            for visitor in (self.visitor, self._colleague):
                visitor.insist(visitor.sign_in)
            self._project_id = self.visitor.make_project()
        except UnansweredError:
            # It is noted as one who asked again and was not answered.
            return
        while not self._site.is_over.is_set():
            (action,) = chance.choices([one for one, _ in actions], [weight for _, weight in actions])
            try:
                action()
            except UnansweredError:
                time.sleep(0.5)
            time.sleep(chance.uniform(0.05, 0.4))

    def _upload(self) -> None:
        if len(self.recordings) < KEPT_RECORDINGS:
            file = self.visitor.chance.choice(self._files)
            self.recordings.append(self.visitor.upload(self._project_id, file))

    def _upload_in_steps(self) -> None:
        if len(self.recordings) < KEPT_RECORDINGS:
            file = self.visitor.chance.choice(self._files)
            file_id = self.visitor.announce(self._project_id, file)
            self.recordings.append(self.visitor.confirm(file_id, file))

    def _analyze(self) -> None:
        fresh = [one for one in self.recordings if len(one.analyses) < 2]
        if fresh:
            self.visitor.analyze(self.visitor.chance.choice(fresh), self.visitor.chance.choice(("vad", "whisper")))

    def _decide(self) -> None:
        ready = [one for recording in self.recordings for one in recording.analyses if not one.is_cancel_wanted]
        if not ready:
            return
        analysis = self.visitor.chance.choice(ready)
        if self.visitor.get(f"/analysis/{analysis.id}/status")["status"] == "completed":
            for _ in range(4):
                self.visitor.decide(analysis, self.visitor.chance.randrange(SLOTS))

    def _decide_together(self) -> None:
        """Decide on an analysis that all people decide on, each on stretches of their own."""
        mine = range(self._number, SLOTS, PEOPLE)
        for _ in range(3):
            self._colleague.decide(self._common.recording.analyses[0], self.visitor.chance.choice(mine))
        foreign = self.visitor.insist(
            lambda: self.visitor.ask("GET", f"/media/{self._common.recording.id}", also=(200, 404))
        )
        if foreign.status_code != 404:
            self.visitor.notes.breaks(FOREIGN, f"answered {foreign.status_code}")
        self.visitor.notes.count("looks at what is somebody else's")

    def _cancel(self) -> None:
        if not self.recordings:
            return
        recording = self.visitor.chance.choice(self.recordings)
        analysis = self.visitor.analyze(recording, "vad")
        analysis.is_cancel_wanted = True
        self.visitor.insist(lambda: self.visitor.ask("POST", f"/analysis/{analysis.id}/cancel", also=(409,)))

    def _look(self) -> None:
        self.visitor.get("/projects")
        listed = self.visitor.get(f"/projects/{self._project_id}?limit=100")["project"]["media_files"]
        ids = {one["id"] for one in listed}
        for recording in self.recordings:
            if recording.id not in ids:
                self.visitor.notes.breaks(THERE, f"{recording.id} is not listed")

    def _retire(self) -> None:
        """Hold a recording against the notes and delete it."""
        if len(self.recordings) < KEPT_RECORDINGS - 1:
            return
        recording = self.recordings[0]
        self._check(self.visitor, recording)
        self.recordings.remove(recording)
        self.visitor.insist(lambda: self.visitor.ask("DELETE", f"/media/{recording.id}", also=(404,)))
        self.deleted.append(recording.id)
        self.visitor.notes.count("deletions")


def digest_of(content: bytes) -> str:
    """What tells one content from another."""
    return hashlib.sha256(content).hexdigest()

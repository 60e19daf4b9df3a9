"""Backups: made while everything runs, looked at, put back into an empty installation, refused where that is unsafe."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from clipflow import registry
from clipflow.core.errors import StorageUnavailableError
from clipflow.core.storage.local import LocalStorage
from clipflow.operations.backup import BackupError, Manifest, make_backup, problems_of, read_manifest
from scripts.databases import own_database
from tests.service.conftest import Person, Servers, Service, environment_of
from tests.service.processes import Caller, Installation, installed

MakeInstallation = Callable[[str], Installation]
FILE = "talk.mp4"


@pytest.fixture
def make_installation(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MakeInstallation]:
    """Makes installations, each with a folder and a database of its own."""
    servers: Servers | None = request.getfixturevalue("servers") if backend == "servers" else None
    with ExitStack() as stack:

        def make(name: str) -> Installation:
            own = servers
            if servers is not None:
                own = Servers(stack.enter_context(own_database(servers.database_url)), servers.queue_url)
            return stack.enter_context(installed(environment_of(backend, tmp_path / name, own)))

        yield make


def run(installation: Installation, *arguments: str, **environment: str) -> tuple[int, str]:
    process = installation.start(*arguments, environment=environment)
    return process.wait(60), process.log


@pytest.fixture
def lived_in(make_installation: MakeInstallation, clip: Path) -> tuple[Installation, str, str]:
    """An installation that runs, with a recording that was analysed and decided on, and the ids of both."""
    installation = make_installation("lived-in")
    caller = Caller(installation.serve())
    media_id = caller.upload(caller.make_project(), clip)
    analysis_id = caller.analyze(media_id)
    caller.wait_for_status(analysis_id, "completed")
    segments = caller.get(f"/analysis/{analysis_id}/segments")
    change = {"start_ms": 0, "end_ms": 500, "action": "remove"}
    body = {"version": segments["version"], "changes": [change]}
    assert caller.call("PATCH", f"/analysis/{analysis_id}/segments", json=body).ok
    return installation, media_id, analysis_id


@pytest.fixture
def with_a_person(make_installation: MakeInstallation) -> Installation:
    """An installation that runs, in which somebody has registered."""
    installation = make_installation("with-a-person")
    Caller(installation.start_web()[1])
    return installation


def test_what_is_backed_up_while_it_runs_comes_back_elsewhere(
    lived_in: tuple[Installation, str, str], make_installation: MakeInstallation, tmp_path: Path, clip: Path
) -> None:
    installation, media_id, analysis_id = lived_in
    folder = str(tmp_path / "backup")
    assert run(installation, "backup", folder, "--with-files")[0] == 0
    status, log = run(installation, "verify-backup", folder)
    assert (status, "is whole" in log) == (0, True), log
    elsewhere = make_installation("elsewhere")
    status, log = run(elsewhere, "restore", folder)
    assert status == 0, log
    caller = Caller(elsewhere.serve())
    assert caller.call("GET", f"/media/{media_id}/file").content == clip.read_bytes()
    decided = caller.get(f"/analysis/{analysis_id}/segments")["segments"][0]
    assert (decided["end_ms"], decided["action"], decided["decided_by"]) == (500, "remove", "user")
    assert caller.get(f"/media/{media_id}/waveform?points=100")["peaks"]
    # What was taken in after the restoring is kept too: the storage is its own.
    caller.upload(caller.make_project(), clip)


def test_a_rehearsal_does_not_take_the_storage_of_the_real_installation(
    lived_in: tuple[Installation, str, str], make_installation: MakeInstallation, tmp_path: Path
) -> None:
    installation, _, _ = lived_in
    folder = str(tmp_path / "backup")
    assert run(installation, "backup", folder, "--with-files")[0] == 0
    rehearsal = make_installation("rehearsal")
    real = {"UPLOAD_DIR": str(installation.folder / "media")}
    status, log = run(rehearsal, "restore", folder, **real)
    assert (status, "--with-its-storage" in log) == (1, True), log
    for process in installation.processes:
        process.stop()
    [recording] = (installation.folder / "media" / "media").rglob("*.mp4")
    content = recording.read_bytes()
    recording.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert run(rehearsal, "restore", folder, "--with-its-storage", **real)[0] == 0
    # What was damaged there is as it was backed up.
    assert recording.read_bytes() == content


def test_an_installation_with_people_is_not_overwritten(with_a_person: Installation, tmp_path: Path) -> None:
    folder = str(tmp_path / "backup")
    assert run(with_a_person, "backup", folder)[0] == 0
    for process in with_a_person.processes:
        process.stop()
    status, log = run(with_a_person, "restore", folder)
    assert (status, "There are people in this database already" in log) == (1, True), log


def test_an_installation_that_runs_is_not_overwritten(
    with_a_person: Installation, make_installation: MakeInstallation, tmp_path: Path
) -> None:
    folder = str(tmp_path / "backup")
    assert run(with_a_person, "backup", folder)[0] == 0
    empty = make_installation("empty")
    empty.start_web()
    status, log = run(empty, "restore", folder)
    assert (status, "is running; stop it first" in log) == (1, True), log


def quiet(step: str) -> None:
    pass


def back_up(service: Service, folder: Path, *, with_files: bool = True) -> Manifest:
    return make_backup(service.resources, registry.known_keys, folder, with_files=with_files, on_step=quiet)[0]


def problems(folder: Path) -> list[str]:
    return list(problems_of(folder, read_manifest(folder), quiet))


@pytest.fixture
def folder(service: Service, alice: Person, clip: Path, tmp_path: Path) -> Path:
    """A backup of two recordings."""
    project_id = alice.make_project()
    for _ in range(2):
        alice.upload(project_id, clip)
    back_up(service, tmp_path / "backup")
    return tmp_path / "backup"


def first_file(folder: Path) -> Path:
    return folder / "files" / read_manifest(folder).files[0].key


def test_a_backup_is_whole_and_for_its_owner_alone(folder: Path, service: Service) -> None:
    assert problems(folder) == []
    assert sorted(one.key for one in read_manifest(folder).files) == service.stored_files()
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b"x" + path.read_bytes()[1:]),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
    ],
    ids=["missing", "changed", "cut off"],
)
def test_what_is_missing_or_changed_is_named(folder: Path, harm: Callable[[Path], None]) -> None:
    damaged = first_file(folder)
    harm(damaged)
    [problem] = problems(folder)
    assert damaged.name in problem
    harm(folder / read_manifest(folder).database.key)
    assert "The copy of the database is missing or changed." in problems(folder)


def test_a_backup_of_the_list_alone_has_no_files(service: Service, alice: Person, clip: Path, tmp_path: Path) -> None:
    alice.upload(alice.make_project(), clip)
    manifest = back_up(service, tmp_path / "list", with_files=False)
    assert (len(manifest.files), (tmp_path / "list" / "files").exists()) == (1, False)
    assert problems(tmp_path / "list") == []


def test_an_earlier_backup_is_brought_up_to_date_and_nothing_is_copied_twice(
    service: Service, alice: Person, clip: Path, folder: Path
) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in (folder / "files").rglob("*.mp4")}
    [project] = alice.get("/projects").json["projects"]
    [gone, _] = alice.get(f"/projects/{project['id']}").json["project"]["media_files"]
    alice.delete(f"/media/{gone['id']}?for_good=true")
    service.run_jobs()
    alice.upload(alice.make_project(), clip)
    back_up(service, folder)
    assert problems(folder) == []
    after = {path.name: path.stat().st_mtime_ns for path in (folder / "files").rglob("*.mp4")}
    assert len(after) == 2
    assert set(after.items()) & set(before.items()) == {(name, at) for name, at in before.items() if name in after}
    assert len(list(folder.glob("database-*"))) == 1


def test_what_the_storage_has_lost_stays_in_the_backup_and_is_named(service: Service, folder: Path) -> None:
    lost = read_manifest(folder).files[0].key
    service.resources.storage.delete(lost)
    manifest, named = make_backup(
        service.resources, registry.known_keys, folder, with_files=True, on_step=lambda step: None
    )
    assert (named, len(manifest.files), problems(folder)) == ([lost], 2, [])


def test_the_backup_of_another_installation_is_not_replaced(service: Service, folder: Path) -> None:
    said = json.loads((folder / "manifest.json").read_text())
    said["installation_id"] = "00000000-0000-4000-8000-000000000000"
    (folder / "manifest.json").write_text(json.dumps(said))
    with pytest.raises(BackupError, match="another installation"):
        back_up(service, folder)


def test_copies_that_an_earlier_version_has_made_are_left_alone(service: Service, tmp_path: Path) -> None:
    (tmp_path / "database-2025-01-01.sqlite").write_text("mine")
    with pytest.raises(BackupError, match="something else"):
        back_up(service, tmp_path)
    assert (tmp_path / "database-2025-01-01.sqlite").exists()


def test_a_copy_that_was_found_damaged_is_made_again(service: Service, folder: Path) -> None:
    damaged = first_file(folder)
    damaged.write_bytes(b"x" + damaged.read_bytes()[1:])
    assert len(problems(folder)) == 1
    back_up(service, folder)
    assert problems(folder) == []
    assert [*folder.rglob("*.damaged")] == []


def test_a_backup_that_broke_off_goes_on(service: Service, folder: Path) -> None:
    missing = first_file(folder)
    missing.unlink()
    missing.with_name(missing.name + ".draft").write_bytes(b"half of i")
    back_up(service, folder)
    assert problems(folder) == []
    assert [path.name for path in folder.rglob("*.draft")] == []


def test_a_copy_that_cannot_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = first_file(folder)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != file)

    def refuse(self: Path, target: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "replace", refuse)
    [problem] = problems(folder)
    assert "is missing or changed" in problem


def test_a_folder_with_something_else_is_left_alone(service: Service, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BackupError, match="something else"):
        back_up(service, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_file_that_changed_under_its_key_is_not_taken_for_the_one_that_was_listed(
    service: Service, folder: Path
) -> None:
    key = read_manifest(folder).files[0].key
    first_file(folder).unlink()
    size = service.resources.storage.size(key)
    service.resources.storage.put(key, os.urandom(size))
    with pytest.raises(BackupError, match="cannot be read as it was"):
        back_up(service, folder)


@pytest.mark.parametrize(
    "change",
    [{"made_at": 5}, {"has_files": "yes"}, {"key_names": [None]}, {"files": 3}, {"database": []}, {"format": 9}],
)
def test_a_list_that_is_none_is_refused(folder: Path, change: dict[str, Any]) -> None:
    said = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**said, **change}))
    with pytest.raises(BackupError, match=r"cannot be read|newer version"):
        read_manifest(folder)


@pytest.mark.parametrize("key", ["../../etc/passwd", "/etc/passwd", "media/aa/../../x"])
def test_a_list_that_names_other_files_of_the_machine_is_refused(folder: Path, key: str) -> None:
    said = json.loads((folder / "manifest.json").read_text())
    said["files"][0]["key"] = key
    (folder / "manifest.json").write_text(json.dumps(said))
    with pytest.raises(BackupError, match="none of ours"):
        read_manifest(folder)


def test_a_storage_that_is_away_is_said(service: Service, tmp_path: Path) -> None:
    owner = service.settings.storage_folder / "installation.txt"
    said = owner.read_text()
    owner.unlink()
    try:
        with pytest.raises(StorageUnavailableError):
            back_up(service, tmp_path / "backup")
    finally:
        owner.write_text(said)


def test_the_names_of_keys_are_listed_and_no_key_and_no_secret(service: Service, alice: Person, tmp_path: Path) -> None:
    alice.call("PUT", "/auth/keys/transcription", json={"key": "sk-" + "x" * 40})
    manifest = back_up(service, tmp_path / "backup")
    assert service.resources.key_ring is not None
    assert manifest.key_names == [service.resources.key_ring.newest]
    everything = (tmp_path / "backup" / "manifest.json").read_text()
    assert not any(key in everything for key in service.settings.encryption_keys)
    assert LocalStorage(service.settings.storage_folder).owner() == manifest.installation_id

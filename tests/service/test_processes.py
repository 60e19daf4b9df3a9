"""What happens to real processes: killed, stopped, cut off from their database, filled up."""

import os
import resource
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from scripts.databases import own_database
from scripts.lines import Line
from tests.conftest import SAMPLE, MakeMedia
from tests.service.conftest import DATABASE_URL, Servers, environment_of
from tests.service.processes import Caller, Installation, installed, wait_until
from tests.shell_command import Finished, run

pytestmark = pytest.mark.timeout(180)
SEGMENTS_OF_SAMPLE = 27
# What has little to do with the kind of database and queue, or is the same story as another test's.
ON_SERVERS = pytest.mark.parametrize("backend", ["servers"], indirect=True)
ON_ONE_PAIR = pytest.mark.parametrize("backend", ["embedded"], indirect=True)


@pytest.fixture
def installation(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """An installation of its own, on SQLite or on PostgreSQL and Redis."""
    if backend == "embedded":
        with installed(environment_of("embedded", tmp_path / "data", None)) as started:
            yield started
        return
    shared: Servers = request.getfixturevalue("servers")
    with (
        own_database(DATABASE_URL) as url,
        installed(environment_of("servers", tmp_path / "data", Servers(url, shared.queue_url))) as started,
    ):
        yield started


@pytest.fixture(scope="session")
def long_talk(make_media: MakeMedia) -> Path:
    """A quarter of an hour of the sample again and again: seconds of work for a worker."""
    return make_media("long.m4a", "-stream_loop", "15", "-i", SAMPLE, "-vn", "-c", "copy")


@pytest.fixture(scope="session")
def hours_of_silence(make_media: MakeMedia) -> Path:
    """A small file that keeps a worker busy for longer than any test looks at it."""
    return make_media("hours.mp3", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "10800", "-b:a", "8k")


def begin_analysis(caller: Caller, file: Path) -> str:
    """Start an analysis and wait until a worker is in the middle of it."""
    analysis_id = caller.analyze(caller.upload(caller.make_project(), file))
    wait_until(lambda: caller.status(analysis_id)["stage"] in ("decoding", "detecting"))
    return analysis_id


def segments_of(caller: Caller, analysis_id: str) -> list[tuple[int, int, str]]:
    segments = caller.get(f"/analysis/{analysis_id}")["analysis_result"]["segments"]
    return [(one["start_ms"], one["end_ms"], one["action"]) for one in segments]


def test_a_killed_worker_loses_nothing(installation: Installation, long_talk: Path) -> None:
    _, address = installation.start_web()
    worker = installation.start_worker()
    caller = Caller(address)
    undisturbed = caller.analyze(caller.upload(caller.make_project(), long_talk))
    caller.wait_for_status(undisturbed, "completed")
    analysis_id = begin_analysis(caller, long_talk)
    worker.kill()
    assert caller.status(analysis_id)["status"] == "processing"
    installation.start_worker()
    caller.wait_for_status(analysis_id, "completed")
    assert segments_of(caller, analysis_id) == segments_of(caller, undisturbed)
    assert caller.get(f"/analysis/{analysis_id}")["analysis_result"]["version"] == 1
    assert len([name for name in installation.files() if name.startswith("tracks/")]) == 2


@ON_SERVERS
def test_both_killed_together_lose_nothing(installation: Installation, long_talk: Path) -> None:
    web, address = installation.start_web()
    worker = installation.start_worker()
    caller = Caller(address)
    analysis_id = begin_analysis(caller, long_talk)
    web.kill()
    worker.kill()
    _, address = installation.start_web()
    installation.start_worker()
    caller.move_to(address)
    caller.wait_for_status(analysis_id, "completed")


@ON_ONE_PAIR
def test_a_worker_that_is_stopped_puts_its_job_back_at_once(installation: Installation, long_talk: Path) -> None:
    _, address = installation.start_web()
    worker = installation.start_worker({"WORKER_LOST_AFTER_S": "3600"})
    caller = Caller(address)
    analysis_id = begin_analysis(caller, long_talk)
    worker.send(signal.SIGTERM)
    assert worker.wait() == 0
    installation.start_worker({"WORKER_LOST_AFTER_S": "3600"})
    caller.wait_for_status(analysis_id, "completed")


@ON_ONE_PAIR
def test_a_running_analysis_is_cancelled_within_seconds(installation: Installation, hours_of_silence: Path) -> None:
    _, address = installation.start_web()
    worker = installation.start_worker()
    caller = Caller(address)
    analysis_id = begin_analysis(caller, hours_of_silence)
    assert caller.call("POST", f"/analysis/{analysis_id}/cancel").status_code == 200
    assert caller.status(analysis_id)["status"] == "cancelled"
    wait_until(lambda: "was cancelled" in worker.log, 10)
    assert [name for name in installation.files() if name.startswith("tracks/")] == []


@ON_SERVERS
def test_two_workers_run_each_job_once(installation: Installation) -> None:
    _, address = installation.start_web()
    workers = [installation.start_worker() for _ in range(2)]
    caller = Caller(address)
    project_id = caller.make_project()
    analyses = [caller.analyze(caller.upload(project_id, SAMPLE)) for _ in range(6)]
    for analysis_id in analyses:
        caller.wait_for_status(analysis_id, "completed")
    # A job is done before its worker has said so.
    wait_until(lambda: sum(worker.log.count("of kind analyse_media done") for worker in workers) >= len(analyses))
    assert sum(worker.log.count("of kind analyse_media done") for worker in workers) == len(analyses)
    assert all(len(segments_of(caller, one)) == SEGMENTS_OF_SAMPLE for one in analyses)


def half_upload(
    installation: Installation, address: str, token: str, project_id: str, total_bytes: int = 50_000_000
) -> socket.socket:
    """Begin an upload, send a little of it, and keep the line open."""
    line = installation.connect(address)
    head = (
        f"POST /api/v1/projects/{project_id}/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {total_bytes}\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    )
    line.sendall(head.encode() + SAMPLE.read_bytes()[:300_000])
    return line


@ON_ONE_PAIR
def test_a_web_server_killed_in_the_middle_of_an_upload_lists_no_half_file(installation: Installation) -> None:
    web, address = installation.start_web()
    caller = Caller(address)
    project_id = caller.make_project()
    line = half_upload(installation, address, caller.token, project_id)
    time.sleep(0.5)
    web.kill()
    line.close()
    _, address = installation.start_web()
    caller.move_to(address)
    assert caller.get(f"/projects/{project_id}")["project"]["media_files"] == []
    # What the server receives has no name until the application takes it.
    assert installation.files() == []


@ON_ONE_PAIR
def test_an_upload_that_breaks_off_leaves_nothing(installation: Installation) -> None:
    _, address = installation.start_web()
    caller = Caller(address)
    line = half_upload(installation, address, caller.token, caller.make_project())
    time.sleep(0.5)
    line.close()
    time.sleep(0.5)
    assert installation.files() == []
    assert caller.make_project()


@ON_ONE_PAIR
def test_a_stopped_web_server_answers_what_is_in_flight(installation: Installation) -> None:
    web, address = installation.start_web()
    caller = Caller(address)
    project_id = caller.make_project()
    content = SAMPLE.read_bytes()
    tail = b"\r\n--b--\r\n"
    head_bytes = len('--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n')
    line = half_upload(installation, address, caller.token, project_id, head_bytes + len(content) + len(tail))
    time.sleep(0.5)
    web.send(signal.SIGTERM)
    time.sleep(0.5)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{address}/api/v1/health", timeout=5)
    line.sendall(content[300_000:] + tail)
    answer = line.recv(65_536)
    assert b"201 CREATED" in answer
    assert web.wait() == 0


@ON_ONE_PAIR
def test_a_stop_waits_for_an_upload_as_long_as_it_is_told_to(installation: Installation) -> None:
    web, address = installation.start_web({"STOP_PATIENCE_S": "1"})
    caller = Caller(address)
    line = half_upload(installation, address, caller.token, caller.make_project())
    time.sleep(0.5)
    began_s = time.monotonic()
    web.send(signal.SIGTERM)
    assert web.wait() == 0
    assert 0.9 < time.monotonic() - began_s < 10
    assert line.recv(10) == b""


def test_a_half_sent_head_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    with installed(environment_of("embedded", tmp_path / "data", None)) as installation:
        web, address = installation.start_web()
        line = installation.connect(address)
        line.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost:")
        time.sleep(0.3)
        began = time.monotonic()
        web.send(signal.SIGTERM)
        assert web.wait() == 0
        assert time.monotonic() - began < 8


@ON_ONE_PAIR
def test_a_full_disk_is_said_and_loses_nothing(installation: Installation, long_talk: Path) -> None:
    _, address = installation.start_web(
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))
    )
    caller = Caller(address)
    project_id = caller.make_project()
    media_id = caller.upload(project_id, SAMPLE)
    assert long_talk.stat().st_size > 4_000_000
    line = installation.connect(address)
    head = (
        f"POST /api/v1/projects/{project_id}/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.token}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 4500000\r\n\r\n"
    )
    answer = ""
    # What is still on its way when the server hangs up may reset the connection, while sending and while reading.
    with suppress(ConnectionError):
        line.sendall(head.encode() + long_talk.read_bytes()[:4_200_000])
    with suppress(ConnectionResetError):
        while piece := line.recv(65_536).decode():
            answer += piece
    assert answer.startswith("HTTP/1.1 503 ")
    assert "SERVICE_UNAVAILABLE" in answer
    assert "room" in answer
    assert [one["id"] for one in caller.get(f"/projects/{project_id}")["project"]["media_files"]] == [media_id]
    wait_until(lambda: len(installation.files()) == 1)


def test_migrations_that_are_killed_and_started_together_end_whole(installation: Installation) -> None:
    for delay_s in (0.0, 0.3, 0.5, 0.6, 0.7, 0.8):
        process = installation.start("migrate")
        time.sleep(delay_s)
        process.send(signal.SIGKILL)
    together = [installation.start("migrate") for _ in range(3)]
    assert [process.wait() for process in together] == [0, 0, 0], [process.log for process in together]
    _, address = installation.start_web()
    assert Caller(address).make_project()


@ON_ONE_PAIR
def test_serve_runs_both_and_ctrl_c_stops_both(installation: Installation) -> None:
    serve = installation.start("serve", start_new_session=True)
    address = serve.wait_for(r"ClipFlow is ready at (http://\S+)")[1]
    serve.wait_for("The worker is ready")
    caller = Caller(address)
    analysis_id = caller.analyze(caller.upload(caller.make_project(), SAMPLE))
    caller.wait_for_status(analysis_id, "completed")
    assert requests.get(f"{address}/api/v1/health/ready", timeout=10).status_code == 200
    serve.send(signal.SIGINT)
    assert serve.wait() == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{address}/api/v1/health", timeout=5)


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc to find the child processes")
def test_serve_starts_a_killed_worker_again_and_takes_its_children_along(tmp_path: Path) -> None:
    with installed(environment_of("embedded", tmp_path / "data", None)) as installation:
        serve = installation.start("serve")
        serve.wait_for("ClipFlow is ready at")
        serve.wait_for("The worker is ready")
        _, worker = children_of(serve.pid)
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: serve.log.count("The worker is ready") == 2)
        children = children_of(serve.pid)
        serve.kill()
        wait_until(lambda: not any(is_running(pid) for pid in children))


@pytest.mark.exhaustive
@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc to find the child processes")
def test_a_worker_that_dies_again_and_again_does_not_end_the_web_server(tmp_path: Path) -> None:
    with installed(environment_of("embedded", tmp_path / "data", None)) as installation:
        serve = installation.start("serve")
        address = serve.wait_for(r"ClipFlow is ready at (http://\S+)")[1]
        web = children_of(serve.pid)[0]
        for death in range(1, 7):
            (worker,) = wait_until(lambda: [pid for pid in children_of(serve.pid) if pid != web], 20)
            os.kill(worker, signal.SIGKILL)
            wait_until(lambda death=death: serve.log.count("The worker process ended unexpectedly") == death)
        assert requests.get(f"{address}/api/v1/health", timeout=10).status_code == 200
        ready = f"{address}/api/v1/health/ready"
        wait_until(lambda: requests.get(ready, timeout=10).json()["checks"]["worker"] != "ok")
        assert is_running(serve.pid)


def test_what_is_no_database_is_said_at_the_start(tmp_path: Path) -> None:
    with installed(environment_of("embedded", tmp_path / "data", None)) as installation:
        installation.folder.mkdir()
        (installation.folder / "clipflow.db").write_bytes(b"no database " * 1000)
        for command in ("web", "worker", "migrate"):
            status, log = run_until_ended(installation, command)
            assert status == 1
            assert "The database cannot be used (file is not a database); check DATABASE_URL" in log
            assert "report" not in log


def test_serve_says_that_its_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken, installed(environment_of("embedded", tmp_path / "data", None)) as installation:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for command in ("serve", "web"):
            process = installation.start(command, environment={"PORT": str(taken.getsockname()[1])})
            assert process.wait() == 1
            assert "set PORT to a free port" in process.log


# More than a minute; the chaos that runs with every change takes the database away too.
@pytest.mark.exhaustive
@pytest.mark.parametrize("backend", ["servers"], indirect=True)
def test_a_database_that_is_gone_for_ten_seconds_loses_nothing(
    installation: Installation, long_talk: Path, backend: str
) -> None:
    line = Line(installation.environment["DATABASE_URL"], 5432)
    installation.environment |= {"DATABASE_URL": line.url, "WORKER_LOST_AFTER_S": "30"}
    _, address = installation.start_web()
    installation.start_worker()
    caller = Caller(address)
    analysis_id = begin_analysis(caller, long_talk)
    line.cut()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        answer = caller.call("GET", f"/analysis/{analysis_id}/status")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
        time.sleep(0.5)
    ready = requests.get(f"{address}/api/v1/health/ready", timeout=10)
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "unavailable")
    line.mend()
    assert caller.call("GET", f"/analysis/{analysis_id}/status").status_code == 200
    caller.wait_for_status(analysis_id, "completed")
    line.close()


def run_until_ended(installation: Installation, *arguments: str, **environment: str) -> tuple[int, str]:
    process = installation.start(*arguments, environment=environment)
    return process.wait(), process.log


def run_here(installation: Installation, *arguments: str) -> Finished:
    return run(*arguments, environment=installation.environment)


@ON_ONE_PAIR
def test_an_administrator_is_made_from_the_shell(installation: Installation) -> None:
    arguments = ("create-admin", "--email", "root@example.org", "--password", "Correct-Horse-7")
    status, log = run_until_ended(installation, *arguments)
    assert (status, "root@example.org is an administrator." in log) == (0, True)
    _, address = installation.start_web()
    assert Caller(address, "root@example.org").get("/auth/me")["user"]["is_admin"] is True


@ON_ONE_PAIR
def test_an_account_is_switched_off_from_the_shell(installation: Installation) -> None:
    for email in ("root@example.org", "second@example.org"):
        assert run_here(installation, "create-admin", "--email", email, "--password", "Correct-Horse-7").returncode == 0
    _, address = installation.start_web()
    caller = Caller(address, "root@example.org")
    assert run_here(installation, "set-active", "root@example.org", "--off").returncode == 0
    assert caller.call("GET", "/auth/me").status_code == 401
    last = run_here(installation, "set-active", "second@example.org", "--off")
    assert (last.returncode, "This is the last administrator" in last.stderr) == (1, True)
    assert run_here(installation, "set-active", "nobody@example.org").returncode == 1


@ON_ONE_PAIR
def test_a_weak_password_makes_no_administrator(installation: Installation) -> None:
    done = run_here(installation, "create-admin", "--email", "x@example.org", "--password", "weak")
    assert (done.returncode, "The password needs" in done.stderr) == (1, True)


@ON_ONE_PAIR
def test_a_monitor_can_ask_from_the_shell(installation: Installation) -> None:
    web, address = installation.start_web()
    installation.environment["PORT"] = str(urlsplit(address).port)
    assert run_until_ended(installation, "health") == (0, "The web server answers.\n")
    assert run_here(installation, "health", "--worker").returncode == 1
    worker = installation.start_worker()
    assert run_here(installation, "health", "--worker").stdout == "A worker is alive.\n"
    assert web.stop() == 0
    assert worker.stop() == 0
    assert run_here(installation, "health").returncode == 1


@ON_SERVERS
def test_the_doctor_finds_everything_well(installation: Installation) -> None:
    status, log = run_until_ended(installation, "migrate")
    assert status == 0
    status, log = run_until_ended(installation, "doctor")
    assert status == 0, log
    for subject in ("ffmpeg", "model", "database", "queue", "storage", "disk", "mail", "keys"):
        assert f"ok      {subject}" in log


def test_the_doctor_says_what_is_wrong(tmp_path: Path) -> None:
    with installed(environment_of("embedded", tmp_path / "data", None)) as installation:
        status, log = run_until_ended(
            installation, "doctor",
            DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing", QUEUE_URL="redis://127.0.0.1:1/0",
            SMTP_HOST="127.0.0.1", SMTP_PORT="1", PATH=str(tmp_path),
        )  # fmt: skip
    assert status == 1
    for subject in ("ffmpeg", "database", "queue", "mail"):
        assert f"PROBLEM {subject}" in log
    # The disk of a storage that nobody has claimed yet is not known either.
    assert "7 of 9" in log or "6 of 9" in log


def test_the_doctor_examines_everything_where_the_storage_is_away(tmp_path: Path) -> None:
    with installed(environment_of("embedded", tmp_path / "data", None)) as installation:
        for upload_dir in (tmp_path / "away", tmp_path / "a file"):
            (tmp_path / "a file").touch()
            run_until_ended(installation, "migrate")
            status, log = run_until_ended(installation, "doctor", UPLOAD_DIR=str(upload_dir / "media"))
            assert "please report it" not in log
            assert "mail" in log
    assert status == 1
    assert "PROBLEM storage" in log


def test_a_folder_that_cannot_be_used_is_said_in_one_sentence(tmp_path: Path) -> None:
    with installed(environment_of("embedded", tmp_path / "data", None)) as installation:
        run_until_ended(installation, "migrate")
        (tmp_path / "data" / "temporary").touch()
        for command in ("web", "worker"):
            status, log = run_until_ended(installation, command)
            assert status == 1
            assert "Temporary files cannot be kept" in log
            assert "please report it" not in log
        (tmp_path / "file").touch()
        status, log = run_until_ended(
            installation, "claim-storage", "--yes", UPLOAD_DIR=str(tmp_path / "file" / "media")
        )
        assert (status, "please report it" in log) == (1, False)


def test_what_is_kept_is_nobody_elses_to_read(installation: Installation, tmp_path: Path, clip: Path) -> None:
    _, address = installation.start_web()
    alice = Caller(address)
    alice.upload(alice.make_project(), clip)
    kept = [installation.folder, *installation.folder.rglob("*")]
    assert [path for path in kept if path.stat().st_mode & 0o077] == []


def test_temporary_files_of_a_killed_worker_are_cleared_by_the_next(tmp_path: Path) -> None:
    with installed(environment_of("embedded", tmp_path / "data", None)) as installation:
        worker = installation.start_worker()
        [own] = (installation.folder / "temporary").iterdir()
        (own / "sound.wav").write_bytes(b"what somebody has said")
        (own.parent / "killed-before-its-lock").mkdir()
        worker.kill()
        installation.start_worker()
        [folder] = (installation.folder / "temporary").iterdir()
        assert folder != own

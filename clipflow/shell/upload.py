"""The command that sends recordings to a server: in parts, going on where it broke off, through to the cut list."""

import mimetypes
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import click

from clipflow.engine import FORMATS, PRESETS, export_format
from clipflow.shell.errors import CommandFailedError, OutputError
from clipflow.shell.remote import RefusedError, Server, is_etag_of, project_of

# Codes of answers where the upload became a recording, or went, while this one sent its parts.
_OTHERS_SEND = {"CONFLICT", "NOT_FOUND"}
_MOST_ROUNDS = 5
_POLL_S = 1.0
_OVER = ("completed", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to become of each recording."""

    is_analysed: bool
    is_waited_for: bool
    cut_format: str | None
    output: Path | None
    preset: str | None

    @property
    def has_analysis(self) -> bool:
        """Whether it is to be analysed; a preset is for an analysis, and a cut list is of one."""
        return self.is_analysed or self.cut_format is not None or self.preset is not None


@click.command("upload")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--server", "address", required=True, envvar="CLIPFLOW_SERVER", help="Address of the server.")
@click.option(
    "--token", required=True, envvar="CLIPFLOW_TOKEN",
    help="Personal token with the scopes projects:read, projects:write, media:upload and, for a cut list, "
    "reviews:read and exports:read. In the environment others of this machine do not see it.",
)  # fmt: skip
@click.option("--project", required=True, help="Name or id of the project; one that is not there is made.")
@click.option("--analyze", "is_analysed", is_flag=True, help="Have each recording analysed.")
@click.option("--wait", "is_waited_for", is_flag=True, help="Wait until that is done.")
@click.option(
    "--export", "cut_format", type=click.Choice(list(FORMATS)),
    help="Write the cut list in this format; has the recording analysed, and waits.",
)  # fmt: skip
@click.option(
    "--preset",
    help="Have each recording analysed with this preset of the project's team, or with "
    f"{', '.join(one.name for one in PRESETS)}.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File of the cut list, or folder where there are several."
)
def upload_command(files: tuple[Path, ...], address: str, token: str, project: str, **wanted: Any) -> None:
    """Send recordings to a server, in parts.

    Broken off, the same command goes on where it was: no part that has arrived is sent again.
    """
    fate = Wanted(**wanted)
    if fate.cut_format is not None and fate.output is None:
        raise click.UsageError("Say by -o where the cut list goes.")
    if fate.output is not None and len(files) > 1:
        fate.output.mkdir(parents=True, exist_ok=True)
    with Server(address, token) as server:
        project_id = project_of(server, project)
        # Before anything is sent, so that a wrong name is heard at once.
        options = _analysis_options(server, project_id, fate.preset)
        for file in files:
            _follow(server, send(server, project_id, file), file, fate, options)


def send(server: Server, project_id: str, file: Path) -> dict[str, Any]:
    """Send a file in parts, or go on with it, and have it checked; returns the recording.

    Raises:
        CommandFailedError: the server cannot be reached, or refuses it.
    """
    size_bytes = file.stat().st_size
    upload = _begun_before(server, project_id, file, size_bytes) or _announce(server, project_id, file, size_bytes)
    with _progress_bar(file.name, size_bytes) as bar:
        for _ in range(_MOST_ROUNDS):
            try:
                etags = _send_missing(server, file, upload, size_bytes, bar.update)
                claimed = [{"part_number": number, "etag": etag} for number, etag in etags.items()]
                answer = server.call("POST", f"/upload/confirm/{upload['file_id']}", {"parts": claimed})
            except RefusedError as error:
                if error.code in _OTHERS_SEND:
                    break
                if error.code != "PARTS_MISSING":
                    raise
            else:
                return cast(dict[str, Any], answer["media_file"])
    raise CommandFailedError(
        f"{file.name} did not arrive as it is, because another program sends a file of this name and size to the "
        "project; wait for that one, or give this one another name, and send it again."
    )


def _begun_before(server: Server, project_id: str, file: Path, size_bytes: int) -> Any:
    for one in server.call("GET", "/uploads")["uploads"]:
        if (one["project_id"], one["filename"], one["file_size"]) == (project_id, file.name, size_bytes):
            click.echo(f"{file.name}: going on with what was begun before.", err=True)
            return one
    return None


def _announce(server: Server, project_id: str, file: Path, size_bytes: int) -> Any:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    body = {"project_id": project_id, "filename": file.name, "content_type": kind, "file_size": size_bytes}
    return server.call("POST", "/upload/presigned", body)


def _send_missing(
    server: Server, file: Path, upload: Any, size_bytes: int, advance: Callable[[int], None]
) -> dict[int, str]:
    """Send the parts that have not arrived as they are; returns the etags of all."""
    path, part_size = f"/upload/{upload['file_id']}/parts", upload["part_size"]

    def data_of(number: int) -> bytes:
        with file.open("rb") as stream:
            stream.seek((number - 1) * part_size)
            return stream.read(part_size)

    there = {one["part_number"]: one["etag"] for one in server.call("GET", path)["parts"]}
    there = {number: etag for number, etag in there.items() if is_etag_of(etag, data_of(number))}
    for number in there:
        advance(min(part_size, size_bytes - (number - 1) * part_size))

    def send_part(number: int) -> tuple[int, str]:
        data = data_of(number)
        # Asked for one by one, so that none has ended when its turn comes.
        [address] = server.call("POST", path, {"part_numbers": [number]})["parts"]
        if len(data) != address["size"]:
            raise CommandFailedError(f"{file.name} has changed while it was sent; send it again.")
        etag = server.put(address, data)
        advance(len(data))
        return number, etag

    missing = [number for number in range(1, upload["part_count"] + 1) if number not in there]
    with ThreadPoolExecutor(upload["parallel"]) as pool:
        return there | dict(pool.map(send_part, missing))


def _analysis_options(server: Server, project_id: str, preset: str | None) -> dict[str, Any]:
    if preset is None:
        return {}
    found = server.call("GET", f"/projects/{project_id}/presets", kind="analysis")["presets"]
    for one in found:
        if preset.casefold() in (one["name"].casefold(), one["id"]):
            return {"preset_id": one["id"]}
    for way in PRESETS:
        if way.name == preset:
            return dict(way.options)
    names = ", ".join([*(one["name"] for one in found), *(way.name for way in PRESETS)])
    raise CommandFailedError(f"There is no preset {preset} for this project; there are {names}.")


def _follow(server: Server, recording: dict[str, Any], file: Path, wanted: Wanted, options: dict[str, Any]) -> None:
    """Have a recording analysed, wait for that, and write the cut list, as far as that is wanted."""
    click.echo(f"{file.name}: sent as {recording['id']}")
    if not wanted.has_analysis:
        return
    _wait_until_checked(server, recording["id"])
    analysis_id = server.call("POST", f"/media/{recording['id']}/analyze", options)["analysis_id"]
    if not wanted.is_waited_for and wanted.cut_format is None:
        click.echo(f"{file.name}: being analysed as {analysis_id}")
        return
    _wait_for_analysis(server, file, analysis_id)
    click.echo(f"{file.name}: analysed as {analysis_id}")
    if wanted.cut_format is not None and wanted.output is not None:
        _write_cut(server, analysis_id, file, wanted.cut_format, wanted.output)


def _wait_until_checked(server: Server, media_id: str) -> None:
    while (found := server.call("GET", f"/media/{media_id}")["media_file"])["state"] == "checking":
        time.sleep(_POLL_S)
    if found["state"] == "refused":
        raise CommandFailedError(str(found["refusal"]))


def _wait_for_analysis(server: Server, file: Path, analysis_id: str) -> None:
    with _progress_bar(f"{file.name}, analysis", 100) as bar:
        shown = 0
        while (found := server.call("GET", f"/analysis/{analysis_id}/status"))["status"] not in _OVER:
            percent = int(found.get("progress_percent") or 0)
            bar.update(max(0, percent - shown))
            shown = max(shown, percent)
            time.sleep(_POLL_S)
    if found["status"] != "completed":
        reason = found.get("error_message") or "it was cancelled"
        raise CommandFailedError(f"{file.name} was not analysed: {reason}")


def _write_cut(server: Server, analysis_id: str, file: Path, name: str, output: Path) -> None:
    content = server.file(f"/analysis/{analysis_id}/export", format=name)
    target = output / f"{file.stem}-cut.{export_format(name).extension}" if output.is_dir() else output
    try:
        target.write_bytes(content)
    except OSError as error:
        raise OutputError(str(error.strerror)) from None
    click.echo(f"{file.name}: cut list in {target}")


def _progress_bar(label: str, length: int) -> AbstractContextManager[Any]:
    # Nobody looks at what goes to a file or another program.
    is_seen = sys.stderr.isatty()
    bar: AbstractContextManager[Any] = click.progressbar(
        length=max(1, length), label=label, file=sys.stderr, hidden=not is_seen
    )
    return bar

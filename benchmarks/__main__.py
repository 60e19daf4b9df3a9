"""Speed and accuracy in one run: ``make bench``; ``make bench-long`` adds eight hours."""

import os
import platform
from pathlib import Path

import click

from benchmarks.accuracy import SHARE_HEADINGS, judge_files, measure_detector, measure_segments
from benchmarks.attacks import measure_attacks
from benchmarks.eight_hours import measure_eight_hours
from benchmarks.exports import HEADINGS, measure_exports
from benchmarks.fillers import WORD_HEADINGS, measure_fillers, words_table
from benchmarks.inputs import ROOT, make_long_recording, read_labelled_files
from benchmarks.library import measure_library
from benchmarks.long_recording import check_long_recording
from benchmarks.organisation import measure_organisation
from benchmarks.presets import HEADINGS as PRESET_HEADINGS
from benchmarks.presets import measure_presets
from benchmarks.project_page import measure_project_page
from benchmarks.renditions import measure_lanes, measure_renditions
from benchmarks.retakes import measure_retakes
from benchmarks.review import measure_review
from benchmarks.rooms import AGGRESSIVENESS_HEADINGS, measure_aggressiveness, measure_rooms
from benchmarks.rooms import HEADINGS as ROOM_HEADINGS
from benchmarks.service import measure_service
from benchmarks.speed import measure_memory, measure_segmenting, measure_speed
from benchmarks.table import print_rows, print_table
from benchmarks.transcripts import HEADINGS as PACKING_HEADINGS
from benchmarks.transcripts import measure_packing
from benchmarks.uploads import measure_uploads

DEFAULT_SPEECH = ROOT.parent / "shared" / "data" / "speech"


@click.command()
@click.option("--speech", type=click.Path(path_type=Path, file_okay=False), default=DEFAULT_SPEECH,
              help="Folder of labelled files (.wav with .scv); left out when it does not exist.")  # fmt: skip
@click.option("--repeats", type=click.IntRange(1), default=5, help="Rounds of the speed measurement.")
@click.option(
    "--only",
    type=click.Choice(
        [
            "attacks",
            "engine",
            "exports",
            "fillers",
            "library",
            "organisation",
            "renditions",
            "review",
            "service",
            "transcripts",
            "uploads",
        ]
    ),
    help="Measure one part only.",
)
@click.option("--eight-hours", is_flag=True, help="Also measure memory and check the segments at eight hours.")
def main(speech: Path, repeats: int, only: str | None, eight_hours: bool) -> None:
    """Measure ClipFlow beside ffmpeg alone, silero-vad as documented and bare Flask routes, and check its exports."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    folder = speech if speech.is_dir() else None
    if only in (None, "engine"):
        measure_engine(folder, speech, repeats, eight_hours=eight_hours)
    if only in (None, "exports"):
        print_table("Cut lists, each written and read back", HEADINGS, measure_exports())
    if only in (None, "fillers"):
        measure_words()
    if only in (None, "transcripts"):
        print_table("What is sent to a transcription service", PACKING_HEADINGS, measure_packing())
    if only in (None, "review"):
        for title, rows in (measure_review() | measure_project_page()).items():
            print_rows(title, rows)
    measure_service_parts(only, folder, repeats)


def measure_service_parts(only: str | None, folder: Path | None, repeats: int) -> None:
    """What needs a server of its own."""
    if only in (None, "organisation"):
        for title, rows in measure_organisation():
            print_rows(title, rows)
    if only in (None, "library"):
        for title, rows in measure_library():
            print_rows(title, rows)
    if only in (None, "renditions"):
        print_rows("Pictures and copies", list(measure_renditions()))
        rows = list(measure_lanes(make_long_recording(1, folder)))
        print_rows("Analyses beside the making of copies", rows)
    if only in (None, "uploads"):
        for title, rows in measure_uploads():
            print_rows(title, rows)
    if only in (None, "attacks"):
        print_rows("One account attacks, eight requests at a time: how everybody else is answered", measure_attacks())
    if only in (None, "service"):
        measure_server(folder, repeats)


def measure_words() -> None:
    """What is told from words alone: fillers, and takes that are said again."""
    for title, rows in (measure_fillers() | measure_retakes()).items():
        print_rows(title, rows)
    print_table("Fillers by word, all files", WORD_HEADINGS, words_table())


def measure_server(folder: Path | None, repeats: int) -> None:
    """The service under load."""
    print_rows("A review of eight hours, 16,000 segments, 1,000 decisions, on the server", measure_eight_hours(repeats))
    for title, rows in measure_service(repeats, make_long_recording(1, folder)):
        print_rows(title, rows)


def measure_engine(folder: Path | None, speech: Path, repeats: int, *, eight_hours: bool) -> None:
    """Accuracy, speed and memory of the engine."""
    if folder:
        judged = judge_files(read_labelled_files(folder))
        print_rows(f"Accuracy on {speech.name}", measure_detector(judged))
        print_table("Segments with the default options", SHARE_HEADINGS, measure_segments(judged))
        print_table("Ways to cut that have a name", PRESET_HEADINGS, measure_presets(judged))
        lines, goals = measure_rooms(read_labelled_files(folder))
        print_table("Rooms that are not silent", ROOM_HEADINGS, lines)
        print_rows("Rooms and events, at the default options", goals)
        levels = measure_aggressiveness(read_labelled_files(folder))
        print_table("What the aggressiveness means, in the mean of all rooms", AGGRESSIVENESS_HEADINGS, levels)
    else:
        print(f"No labelled speech at {speech}: accuracy is left out.")
    hour = make_long_recording(1, folder)
    rows, tracks = measure_speed(hour, repeats)
    print_rows("Speed on one hour of AAC in mp4", [*rows, *measure_segmenting(tracks)])
    recordings = [("1 h", hour)]
    if eight_hours:
        recordings.append(("8 h", make_long_recording(8, folder)))
        print_rows("Eight hours", check_long_recording(recordings[-1][1], tracks))
    print_rows("Memory", measure_memory(recordings))


if __name__ == "__main__":
    main()

"""LosslessCut's project file. Source: LosslessCut, "llc" version 2."""

import json
from typing import IO

from clipflow.engine.exporters.readback import Span, expect
from clipflow.engine.exporters.seconds import rows_of, spans_from
from clipflow.engine.timeline import Timeline


def write(timeline: Timeline, out: IO[str]) -> None:
    """The clips as segments that are selected; the file is looked for beside the project."""
    segments = ",\n".join(
        f'    {{"start": {start}, "end": {end}, "name": {json.dumps(name)}, "selected": true}}'
        for start, end, name in rows_of(timeline)
    )
    name = json.dumps(timeline.source.name)
    out.write(f'{{\n  "version": 2,\n  "mediaFileName": {name},\n  "cutSegments": [\n{segments}\n  ]\n}}\n')


def read(text: str, timeline: Timeline) -> list[Span]:
    """The clips as the project says them."""
    project = json.loads(text, parse_float=str)
    expect(project["version"] == 2 and project["mediaFileName"] == timeline.source.name, "its head")  # noqa: PLR2004
    return spans_from(((one["start"], one["end"]) for one in project["cutSegments"]), timeline)

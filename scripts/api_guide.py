"""A walk through calls of the API, written down with what was really answered."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from clipflow.resources import Resources


@dataclass
class Guide:
    """A walk through every call, with what was really answered."""

    client: Any
    run_jobs: Callable[[], None]
    parts: list[str]
    headers: dict[str, str]
    addresses: Any
    examples: dict[str, Any]
    resources: Resources

    def say(self, text: str) -> None:
        self.parts.append(text + "\n")

    @contextmanager
    def every_probe_taken(self) -> Iterator[None]:
        """As while as many recordings are looked at as may be at once."""
        slots, taken = self.resources.probe_slots, 0
        while slots.acquire(blocking=False):
            taken += 1
        yield
        slots.release(taken)

    def call(self, title: str, method: str, path: str, note: str = "", **given: Any) -> Any:
        """Make a call, write it down with its answer, and return the answer's JSON."""
        self.parts.append(f"### {title}\n")
        if note:
            self.parts.append(note + "\n")
        headers = {**self.headers, **given.pop("headers", {})}
        shown = [f"{method} {path}"]
        if "json" in given:
            shown.append("\n" + json.dumps(given["json"], indent=2))
        elif "data" in given:
            is_raw = isinstance(given["data"], bytes)
            shown.append("\n(the bytes of talk.mp4)" if is_raw else f"\n(form field file: {given['data']['file'][1]})")
        elif "Range" in headers:
            shown.append(f"Range: {headers['Range']}")
        answer = self.client.open(path, method=method, headers=headers, **given)
        self.parts.append("```http\n" + "\n".join(shown) + "\n```\n")
        self.parts.append(f"```\n{self._described(answer)}\n```\n")
        has_json = bool(answer.is_json and answer.data)
        if has_json and answer.status_code < 300:
            rule = self.addresses.match(path.split("?", maxsplit=1)[0], method=method, return_rule=True)[0].rule
            examples = self.examples.setdefault(f"{method} {rule}", {})
            examples.setdefault(str(answer.status_code), _without_ellipsis(answer.json))
        return answer.json if has_json else None

    def _described(self, answer: Any) -> str:
        status = f"{answer.status_code} {answer.status.split(' ', 1)[1].title()}"
        if not answer.data:
            return status
        if answer.is_json:
            return f"{status}\n\n{json.dumps(_shortened(answer.json), indent=2, ensure_ascii=False)}"
        shown = "\n".join(f"{name}: {answer.headers[name]}" for name in ("Content-Type", "Content-Range", "Content-Length")
                          if name in answer.headers)  # fmt: skip
        return f"{status}\n{shown}\n\n({len(answer.data)} bytes)"


def _without_ellipsis(value: Any) -> Any:
    """Long lists are cut short, but hold only what they may."""
    if isinstance(value, dict):
        return {name: _without_ellipsis(inner) for name, inner in value.items()}
    return [_without_ellipsis(inner) for inner in value[:2]] if isinstance(value, list) else value


def _shortened(value: Any) -> Any:
    """Long lists end with an ellipsis."""
    if isinstance(value, dict):
        return {name: _shortened(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shortened(inner) for inner in value[:2]] + (["…"] if len(value) > 2 else [])
    return value

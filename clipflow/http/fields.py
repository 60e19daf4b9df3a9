"""Fields of what comes in: bounded before they are looked into, strict about what they take."""

import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from clipflow.core.addresses import canonical_email
from clipflow.core.clock import to_precise_rfc3339, to_rfc3339

MOST_DETAILS = 20
_LONGEST_NAME = 100
_LONGEST_SENTENCE = 500
# Of any JSON that comes in. The largest list that a schema takes has 10,000 elements.
_DEEPEST = 20
_MOST_MEMBERS = 200
_MOST_ELEMENTS = 10_000
_MOST_VALUES = 100_000


class MomentField(fields.DateTime):
    """A moment in UTC, such as 2026-11-21T09:30:00Z."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else to_rfc3339(value)


class PreciseMomentField(MomentField):
    """A moment in UTC with its microseconds, such as 2026-11-21T09:30:00.000001Z."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else to_precise_rfc3339(value)


# As JSON Schema has it; lines and tabs are welcome.
_NO_CONTROL_CHARACTERS = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"


class TextField(fields.String):
    """Text of people: no control characters (PostgreSQL refuses NUL), a length, no blanks around it."""

    def __init__(self, *, maximum: int, minimum: int = 0, **kwargs: Any) -> None:
        kwargs.setdefault("validate", [validate.Length(minimum, maximum)])
        kwargs["metadata"] = {"pattern": _NO_CONTROL_CHARACTERS, **kwargs.get("metadata", {})}
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs).strip()
        if any(_is_control(character) for character in text):
            raise ma.ValidationError("Must not contain control characters.")
        return text


_EMAIL = {
    "example": "alice@example.org",
    "description": "As people write it; kept in its canonical spelling, so that one mailbox is one address.",
}


class EmailField(fields.Email):
    """An e-mail address of at most 320 characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=[validate.Length(max=320)], metadata=_EMAIL, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        # Spelled canonically before its length is looked at: some letters become two.
        email = canonical_email(super()._deserialize(value, attr, data, **kwargs))
        if email is None:
            raise self.make_error("invalid")
        return email


class BooleanField(fields.Boolean):
    """true or false of JSON, and nothing that merely resembles them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class ListField(fields.List[Any]):
    """A list that is counted before its elements are looked at, and given up after some that are wrong."""

    def __init__(self, inner: fields.Field[Any], *, most: int, least: int = 0, **kwargs: Any) -> None:
        super().__init__(inner, validate=validate.Length(least, most), **kwargs)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) > self.most:
            raise ma.ValidationError(f"Longer than maximum length {self.most}.")
        result: list[Any] = []
        wrong: dict[int, Any] = {}
        for number, element in enumerate(value):
            try:
                result.append(self.inner.deserialize(element, **kwargs))
            except ma.ValidationError as error:
                wrong[number] = error.messages
                if len(wrong) >= MOST_DETAILS:
                    break
        if wrong:
            raise ma.ValidationError(wrong)
        return result


class FreeJsonField(fields.Dict):
    """An object whose members nobody has declared; its depth and its members are bounded for all JSON that comes in."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not all(map(is_storable, _texts_in(value))):
            raise ma.ValidationError("Must not contain NUL or broken characters.")
        return super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]


def check_shape(value: Any, depth: int = 1, so_far: int = 0) -> int:
    """Raise ValidationError for JSON that is nested deeper or has more members than anything we take.

    Returns how many values there are, those before this one included.

    Looks at no element of what is too long, so that it costs little whatever comes.
    """
    if not isinstance(value, (dict, list)):
        return so_far
    if depth > _DEEPEST:
        raise ma.ValidationError(f"Nested deeper than {_DEEPEST} levels.")
    is_object = isinstance(value, dict)
    most = _MOST_MEMBERS if is_object else _MOST_ELEMENTS
    if len(value) > most:
        raise ma.ValidationError(f"{'An object' if is_object else 'A list'} has more than {most} elements.")
    so_far += len(value)
    if so_far > _MOST_VALUES:
        raise ma.ValidationError(f"There are more than {_MOST_VALUES} values in all.")
    for inner in value.values() if isinstance(value, dict) else value:
        so_far = check_shape(inner, depth + 1, so_far)
    return so_far


def details_of(messages: Any) -> dict[str, str]:
    """The first messages of marshmallow by the path of their fields; names that a client has made up are cut short."""
    first = islice(_flat_messages(messages), MOST_DETAILS)
    return {name[:_LONGEST_NAME]: sentence[:_LONGEST_SENTENCE] for name, sentence in first}


def _flat_messages(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flat_messages(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(messages, (list, tuple)) and all(isinstance(one, str) for one in messages):
        yield path or "body", " ".join(messages)
    elif isinstance(messages, str):
        yield path or "body", messages
    else:
        for inner in messages:
            yield from _flat_messages(inner, path)


def is_storable(text: str) -> bool:
    """Whether PostgreSQL takes a text."""
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t"

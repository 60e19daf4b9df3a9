"""The file of an upload, written to the storage while it is read from the body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any, cast

from flask import Request, g, request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from clipflow.core.errors import InvalidInputError, TooLargeError, UnsupportedFormatError
from clipflow.core.storage.writing import StorageWriter

FIELD_NAME = "file"
_CHUNK_BYTES = 1024 * 1024

# Takes the name of a file and the length of the body, where it is known.
ReceiveFile = Callable[[str, int | None], StorageWriter]
Receive = Callable[[int | None], StorageWriter]


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that has come in, not yet checked; whoever takes it completes or discards it."""

    writer: StorageWriter
    filename: str
    content_type: str


class UploadRequest(Request):
    """A request whose uploaded files are written straight to the storage instead of a temporary file."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        receive: ReceiveFile | None = g.get("receive_upload")
        if receive is None:
            return super()._get_file_stream(total_content_length, content_type, filename, content_length)
        writer = receive(filename or "", total_content_length)
        g.received.append(writer)
        return cast(IO[bytes], _Sink(writer, g.maximum_upload_bytes))


class _Sink:
    """What Werkzeug's parser writes a file to; it stops at the limit."""

    def __init__(self, writer: StorageWriter, maximum_bytes: int) -> None:
        self.writer = writer
        self._maximum_bytes = maximum_bytes

    def write(self, data: bytes) -> int:
        if self.writer.size_bytes + len(data) > self._maximum_bytes:
            raise TooLargeError(too_large_sentence(self._maximum_bytes))
        return self.writer.write(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def close(self) -> None:
        pass


def too_large_sentence(maximum_bytes: int) -> str:
    """What is said to a file that is too large."""
    return f"The file is larger than {maximum_bytes // 1024**2} MiB; split it or compress it."


def receive_form_file(receive: ReceiveFile, maximum_bytes: int) -> ReceivedFile:
    """The one file of a multipart body, in the field ``file``.

    Raises:
        UnsupportedFormatError: the body is no multipart/form-data.
        InvalidInputError: it holds no file there, or several.
        TooLargeError: the file is larger than the limit.
    """
    if request.mimetype != "multipart/form-data":
        raise UnsupportedFormatError("Send the recording as multipart/form-data, in the field file.")
    g.receive_upload, g.received, g.maximum_upload_bytes = receive, [], maximum_bytes
    chosen: Any = None
    try:
        files = request.files.getlist(FIELD_NAME)
        if len(files) != 1 or not files[0].filename:
            raise InvalidInputError(
                "Send exactly one file, in the field file.", {FIELD_NAME: "Exactly one file is needed."}
            )
        chosen = cast(Any, files[0].stream).writer
        return ReceivedFile(chosen, files[0].filename, files[0].content_type or "")
    except (ClientDisconnected, ValueError, HTTPException) as error:
        raise InvalidInputError("The upload ended too early or is malformed; send it again.") from error
    finally:
        for writer in g.received:
            if writer is not chosen:
                writer.discard()
        g.receive_upload = None


@dataclass(frozen=True, slots=True)
class SmallForm:
    """A form whose file fits into memory."""

    content: bytes
    fields: Mapping[str, str]

    def field(self, name: str, most_characters: int) -> str | None:
        """A field of it, None when it is missing or empty; InvalidInputError when it is too long."""
        value = self.fields.get(name, "").strip()
        if len(value) > most_characters:
            sentence = f"Longer than maximum length {most_characters}."
            raise InvalidInputError(f"The field {name} is too long; see the details.", {name: sentence})
        return value or None


def read_small_form(maximum_bytes: int) -> SmallForm:
    """The one file of a multipart body, in the field ``file``, and the other fields.

    Raises:
        UnsupportedFormatError: the body is no multipart/form-data.
        InvalidInputError: it holds no file there, or several.
        TooLargeError: the file is larger than the limit.
    """
    if request.mimetype != "multipart/form-data":
        raise UnsupportedFormatError("Send the file as multipart/form-data, in the field file.")
    try:
        files = request.files.getlist(FIELD_NAME)
        if len(files) != 1:
            raise InvalidInputError(
                "Send exactly one file, in the field file.", {FIELD_NAME: "Exactly one file is needed."}
            )
        with files[0].stream as stream:
            content = stream.read(maximum_bytes + 1)
    except (ClientDisconnected, ValueError, HTTPException) as error:
        raise InvalidInputError("The upload ended too early or is malformed; send it again.") from error
    if len(content) > maximum_bytes:
        raise TooLargeError(too_large_sentence(maximum_bytes))
    return SmallForm(content, request.form.to_dict())


def read_raw_body(size_bytes: int) -> bytes:
    """The raw bytes of a body that is to have exactly this size; raises InvalidInputError for any other."""
    try:
        data = request.stream.read(size_bytes + 1)
    except HTTPException as error:
        raise InvalidInputError("The part ended too early; send it again.") from error
    if len(data) != size_bytes:
        raise InvalidInputError(f"The part has not the {size_bytes} bytes that its address is for; send it again.")
    return data


def receive_raw_file(receive: Receive, maximum_bytes: int) -> StorageWriter:
    """The raw bytes of a body, in the storage; raises TooLargeError when there are more than expected."""
    writer = receive(request.content_length)
    try:
        while chunk := request.stream.read(_CHUNK_BYTES):
            if writer.size_bytes + len(chunk) > maximum_bytes:
                raise TooLargeError("The file is larger than announced; announce it again.")
            writer.write(chunk)
    except HTTPException as error:
        writer.discard()
        raise InvalidInputError("The upload ended too early; send it again.") from error
    except BaseException:
        writer.discard()
        raise
    return writer

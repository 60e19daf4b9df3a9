"""Static files under an address that changes with their content, so that browsers may keep them for good."""

import gzip
import mimetypes
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, Response, abort

from clipflow.http.compression import accepts_packed
from clipflow.http.rate_limits import Budget, rate_limit

_PREFIX = "/assets"
_FOR_GOOD = "public, max-age=31536000, immutable"
_VERSION_CHARACTERS = 12
# Less than this is not worth unpacking.
_SMALLEST_PACKED_BYTES = 512
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


class Asset:
    """A file as it is sent, plain and packed."""

    def __init__(self, name: str, content: bytes) -> None:
        self.content = content
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self.mime_type = _TYPES.get(Path(name).suffix, guessed)

    @cached_property
    def packed(self) -> bytes | None:
        """With gzip; None where that gains nothing."""
        return gzip.compress(self.content, mtime=0) if len(self.content) >= _SMALLEST_PACKED_BYTES else None


class Assets:
    """Static files by the names that pages know them by, read once at the start.

    One version for all of them stands in every address, in front of the name, so that modules find
    each other by relative paths and never mix with those of another version.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._assets = {name: Asset(name, files[name]) for name in sorted(files)}
        digest = sha256()
        for name, asset in self._assets.items():
            digest.update(f"{name}\0{len(asset.content)}\0".encode() + asset.content)
        self.version = digest.hexdigest()[:_VERSION_CHARACTERS]

    def address(self, name: str) -> str:
        """Where a file is found; KeyError for one that is not there."""
        if name not in self._assets:
            raise KeyError(f"there is no static file {name}")
        return f"{_PREFIX}/{self.version}/{name}"

    def names_in(self, folder: str) -> list[str]:
        """The names of the files in a folder and the folders in it."""
        return [name for name in self._assets if name.startswith(f"{folder}/")]

    def get(self, version: str, name: str) -> Asset | None:
        """The file at an address; None for another version or one that is not there."""
        return self._assets.get(name) if version == self.version else None


def files_in(folder: Path) -> dict[str, bytes]:
    """What is in the files of a folder and of the folders in it, by their paths within it."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def set_up_assets(app: Flask, files: Mapping[str, bytes]) -> None:
    """Serve files under /assets, and give templates ``asset(name)`` for the address of one of them."""
    assets = Assets(files)
    blueprint = Blueprint("assets", __name__, url_prefix=_PREFIX)

    @blueprint.get("/<version>/<path:name>")
    @rate_limit(Budget.NONE)
    def serve(version: str, name: str) -> Response:
        asset = assets.get(version, name)
        if asset is None:
            abort(404)
        return _answer(asset)

    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset=assets.address, assets_in=assets.names_in)


def _answer(asset: Asset) -> Response:
    is_packed = asset.packed is not None and accepts_packed()
    response = Response(asset.packed if is_packed else asset.content, content_type=asset.mime_type)
    response.headers["Cache-Control"] = _FOR_GOOD
    response.headers["Vary"] = "Accept-Encoding"
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    return response

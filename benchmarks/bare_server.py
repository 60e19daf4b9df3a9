"""What the service is compared with: bare Flask routes on the same waitress, with the same threads."""

import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

from flask import Flask, Response, jsonify, request
from waitress import create_server

PIECE_BYTES = 1024 * 1024


def create_bare_app(folder: Path) -> Flask:
    """One route that answers a little JSON, one that writes its body to a file, and syncs it when it is asked to."""
    app = Flask("bare")

    @app.get("/")
    def answer() -> Response:
        return jsonify({"status": "processing", "progress_percent": 42, "stage": "detecting", "error_message": None})

    @app.put("/upload")
    def upload() -> Response:
        with (folder / "upload").open("wb") as file:
            shutil.copyfileobj(request.stream, file, PIECE_BYTES)
            if "sync" in request.args:
                file.flush()
                os.fsync(file.fileno())
        return jsonify({})

    return app


def main() -> None:
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as folder:
        server = create_server(
            create_bare_app(Path(folder)), host="127.0.0.1", port=0, threads=int(sys.argv[2]),
            recv_bytes=256 * 1024, max_request_body_size=2**31, asyncore_use_poll=True,
        )  # fmt: skip
        print(server.effective_port, flush=True)
        server.run()


if __name__ == "__main__":
    main()

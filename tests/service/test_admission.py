"""How large a body may be, by the headers alone."""

import time
from pathlib import Path
from uuid import uuid4

import pytest
from flask_jwt_extended import create_access_token

from clipflow.app import create_app
from clipflow.config import Settings, load_settings
from clipflow.core.db import database
from clipflow.core.errors import (
    NotSignedInError,
    ServiceError,
    TooLargeError,
    TooManyRequestsError,
    UnsupportedFormatError,
)
from clipflow.core.storage.local import LocalStorage
from clipflow.core.storage.signing import UploadSigner
from clipflow.http.admission import FORM_OVERHEAD_BYTES, Admission, BodyLimits

MIB = 1024**2
UPLOAD = f"/api/v1/projects/{uuid4()}/upload"
FORM = {"CONTENT_TYPE": "multipart/form-data; boundary=b"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"DATA_DIR": str(tmp_path), "APP_ENV": "test"}, env_file=None)


@pytest.fixture
def signed(settings: Settings) -> dict[str, str]:
    """Headers with a token of ours."""
    was = database.obj
    app = create_app(settings)
    database.initialize(was)
    with app.app_context():
        token = create_access_token(str(uuid4()), additional_claims={"sid": str(uuid4()), "ver": 0})
    return {**FORM, "AUTHORIZATION": f"Bearer {token}"}


def limits_of(settings: Settings) -> BodyLimits:
    return BodyLimits(
        largest_file_bytes=lambda: settings.max_file_size_bytes, largest_transcript_bytes=20 * MIB, uploads_per_day=3
    )


def admit(
    settings: Settings, headers: dict[str, str], length: int, path: str = UPLOAD, method: str = "POST", query: str = ""
) -> int | type[ServiceError]:
    """How much may come, or what is said to somebody who wants to send this much."""
    admission = Admission(
        LocalStorage(settings.storage_folder), UploadSigner(settings.secret_key), limits_of(settings),
        waiting_room=settings.data_dir, token_secret=settings.jwt_secret_key, token_algorithm=settings.jwt_algorithm,
    )  # fmt: skip
    largest = admission.allowance(method, path, query, headers).largest_bytes
    return largest if length <= largest else type(admission.refusal(method, path, query, headers))


def test_nobody_may_send_more_than_a_mebibyte(settings: Settings) -> None:
    assert admit(settings, FORM, MIB) == MIB
    assert admit(settings, FORM, MIB + 1) is NotSignedInError
    assert admit(settings, {}, MIB + 1, "/api/v1/auth/login") is TooLargeError


def test_a_signed_in_person_may_send_a_transcript_of_twenty_mebibytes(
    settings: Settings, signed: dict[str, str]
) -> None:
    path = f"/api/v1/media/{uuid4()}/transcript"
    assert admit(settings, signed, 20 * MIB, path) == 20 * MIB + FORM_OVERHEAD_BYTES
    assert admit(settings, signed, 21 * MIB, path) is TooLargeError
    assert admit(settings, FORM, 2 * MIB, path) is NotSignedInError
    assert admit(settings, signed, 2 * MIB, path, "GET") is TooLargeError


def test_a_signed_in_person_may_send_a_form_of_the_largest_file(settings: Settings, signed: dict[str, str]) -> None:
    largest = 500 * MIB + FORM_OVERHEAD_BYTES
    assert admit(settings, signed, largest) == largest
    assert admit(settings, signed, 600 * MIB) is TooLargeError
    assert admit(settings, signed, MIB + 1, "/api/v1/projects") is TooLargeError
    assert admit(settings, {**signed, "CONTENT_TYPE": "video/mp4"}, MIB + 1) is UnsupportedFormatError


def test_a_browser_signs_in_by_its_cookie(settings: Settings, signed: dict[str, str]) -> None:
    token = signed["AUTHORIZATION"].removeprefix("Bearer ")
    for cookie in (f"clipflow_access={token}", f"a=b; clipflow_access={token}; c=d"):
        assert admit(settings, {**FORM, "COOKIE": cookie}, 5 * MIB) == 500 * MIB + FORM_OVERHEAD_BYTES
    for cookie in ("clipflow_access=x", f"xclipflow_access={token}", "clipflow_access=", ";" * 1000):
        assert admit(settings, {**FORM, "COOKIE": cookie}, 5 * MIB) is NotSignedInError


def test_a_signed_address_takes_exactly_what_was_announced(settings: Settings) -> None:
    upload_id, expires = str(uuid4()), int(time.time()) + 60
    signature = UploadSigner(settings.secret_key).sign(upload_id, "0" * 32, 5 * MIB, expires)
    query = f"owner={'0' * 32}&size={5 * MIB}&expires={expires}&signature={signature}"
    path = f"/api/v1/upload/{upload_id}"
    assert admit(settings, {}, 5 * MIB, path, "PUT", query) == 5 * MIB
    assert admit(settings, {}, 5 * MIB + 1, path, "PUT", query) is TooLargeError
    for wrong in (
        query.replace("size=5", "size=6"),
        f"{query}0",
        "",
        "size=x&expires=y&signature=z",
        "size=1&expires=2",
    ):
        assert admit(settings, {}, 5 * MIB, path, "PUT", wrong) is TooLargeError


@pytest.fixture
def admission(settings: Settings) -> Admission:
    return Admission(
        LocalStorage(settings.storage_folder), UploadSigner(settings.secret_key), limits_of(settings),
        waiting_room=settings.data_dir, token_secret=settings.jwt_secret_key, token_algorithm=settings.jwt_algorithm,
    )  # fmt: skip


def test_a_person_sends_eight_files_at_a_time(admission: Admission, signed: dict[str, str]) -> None:
    allowance = admission.allowance("POST", UPLOAD, "", signed)
    admission.check_large_body(allowance, [allowance.owner] * 7 + ["somebody else"] * 20 + [None])
    with pytest.raises(TooManyRequestsError, match="sending 8 files already"):
        admission.check_large_body(allowance, [allowance.owner] * 8)


def test_what_breaks_off_counts_too(admission: Admission, signed: dict[str, str]) -> None:
    allowance = admission.allowance("POST", UPLOAD, "", signed)
    for _ in range(3):
        admission.check_large_body(allowance, [])
    with pytest.raises(TooManyRequestsError, match="counting those that broke off") as caught:
        admission.check_large_body(allowance, [])
    assert 0 < int(caught.value.headers["Retry-After"]) <= 86_400


def test_an_address_takes_a_file_again_only_so_often(admission: Admission, settings: Settings) -> None:
    upload_id, expires = str(uuid4()), int(time.time()) + 60
    signature = UploadSigner(settings.secret_key).sign(upload_id, "0" * 32, 5 * MIB, expires)
    query = f"owner={'0' * 32}&size={5 * MIB}&expires={expires}&signature={signature}"
    allowance = admission.allowance("PUT", f"/api/v1/upload/{upload_id}", query, {})
    for _ in range(20):
        admission.check_large_body(allowance, [])
    with pytest.raises(TooManyRequestsError):
        admission.check_large_body(allowance, [])

"""Whether a recording is malicious, before anybody plays or analyses it."""

import logging
from pathlib import Path

from clipflow.core.clamd import Finding, ScannerError, StoppedScanError
from clipflow.jobs.protocol import JobProgress, JobStoppedError, PermanentError, RetryableError, WaitingError
from clipflow.resources import Resources

logger = logging.getLogger(__name__)

MALICIOUS = "MALICIOUS_CONTENT"
TOO_LARGE = "NOT_WHOLLY_SCANNED"
_NOT_SCANNED = {
    "code": "NOT_SCANNED",
    "message": "This file was not scanned for malicious content, because the scanner could not be reached.",
}
_NOT_WHOLLY_SCANNED = {
    "code": TOO_LARGE,
    "message": "Only a part of this file was scanned for malicious content, because the scanner takes no larger ones.",
}

_NOT_SET = ScannerError("This worker has no CLAMD_ADDRESS; give it the one that the web server has.")


def scan(resources: Resources, path: Path, progress: JobProgress, *, must_scan: bool) -> list[dict[str, str]]:
    """Have a file looked at where there is a scanner; returns what to know of it.

    ``must_scan`` says that whoever took it in has a scanner, so that not having one here is like one that is away.

    Raises:
        PermanentError: it is malicious, or it is too large to know and such files are refused.
        WaitingError: the scanner is away, and is waited for.
        RetryableError: the scanner is away, and is tried again for a few times.
    """
    if resources.scanner is None:
        return _without_scanner(resources, progress, _NOT_SET) if must_scan else []

    try:
        verdict = resources.scanner.scan_file(path, progress.stop_check("scanning"))
    except StoppedScanError:
        raise JobStoppedError from None
    except ScannerError as error:
        return _without_scanner(resources, progress, error)
    if verdict.finding is Finding.MALICIOUS:
        raise PermanentError(
            MALICIOUS, f"The scanner takes the file for malicious ({verdict.signature[:100]}); it was deleted."
        )
    if verdict.finding is Finding.CLEAN:
        return []
    if resources.settings.scan_too_large == "refuse":
        raise PermanentError(
            TOO_LARGE, "The file is larger than the scanner looks at; send it in several shorter ones."
        )
    return [_NOT_WHOLLY_SCANNED]


def _without_scanner(resources: Resources, progress: JobProgress, error: ScannerError) -> list[dict[str, str]]:
    logger.warning("A recording could not be scanned: %s", error)
    if resources.settings.scan_on_failure == "wait":
        raise WaitingError("waiting for the scanner") from error
    if progress.is_last_attempt:
        return [_NOT_SCANNED]
    raise RetryableError("SCANNER_UNAVAILABLE", "The scanner could not be reached; upload the file again.") from error

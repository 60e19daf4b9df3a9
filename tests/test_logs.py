"""Log lines: JSON, one line each, whatever is in them."""

import json
import logging

import pytest
import redis

from clipflow.core.logs import JsonFormatter
from clipflow.core.queue import JobQueue, Lane


def line_of(message: str, **extra: object) -> str:
    logger = logging.getLogger("test")
    record = logger.makeRecord("test", logging.INFO, "file", 1, message, (), None, extra=extra)
    return JsonFormatter().format(record)


@pytest.mark.parametrize("odd", ["\n", "\r", "\x1b[31m", "\x7f", "\x9b31m", "\u2028", "\u202e", "\ud800"])
def test_nothing_can_pass_for_the_end_of_a_line(odd: str) -> None:
    line = line_of("a message", path=f"/x{odd}y")
    assert line.isprintable()
    assert json.loads(line)["path"] == f"/x{odd}y"


def test_letters_of_all_languages_stay_readable() -> None:
    assert "größe 日本" in line_of("größe 日本")


def test_what_is_said_beside_the_message_does_not_replace_it() -> None:
    facts = json.loads(line_of("true", level="forged", timestamp="forged", more=1))
    assert (facts["message"], facts["level"], facts["more"]) == ("true", "INFO", 1)
    assert facts["timestamp"] != "forged"


def test_odd_values_do_not_lose_the_line() -> None:
    assert "a message" in line_of("a message", odd={(1, 2): object()})


def test_a_queue_that_is_away_is_said_once_and_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    list(JobQueue("sqlite:///:memory:").consumers(lambda job_id: None, dict.fromkeys(Lane, 1)))
    consumer_log = logging.getLogger("huey.consumer.Worker")
    for _ in range(50):
        try:
            raise redis.ConnectionError("refused")
        except redis.ConnectionError:
            consumer_log.exception("Error reading from queue")
    (line,) = caplog.records
    assert (line.levelname, line.exc_info) == ("WARNING", None)
    assert "jobs wait until it can" in line.getMessage()

"""What is written to the log, and how often."""

import logging
import sys

from tsunagu.chassis.logs import Repeats


def a_record(logger: str, message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(logger, logging.ERROR, __file__, 1, message, arguments, None)


def test_repeats__kafkas_client_says_the_same_at_every_try__is_written_once_in_the_interval() -> None:
    repeats = Repeats(interval_seconds=sys.maxsize)
    tries = [a_record("aiokafka.conn", "Unable connect to node with id %s", node) for node in range(3)]
    assert [repeats.filter(each) for each in tries] == [True, False, False]
    assert repeats.filter(a_record("aiokafka.conn", "Unable to update metadata")), (
        "other words are other news"
    )
    assert repeats.filter(a_record("aiokafka.consumer", "Unable connect to node with id %s", 0))


def test_repeats__the_interval_is_over__is_written_again() -> None:
    repeats = Repeats(interval_seconds=0.0)
    assert [repeats.filter(a_record("aiokafka", "away")) for _ in range(3)] == [True, True, True]


def test_repeats__our_own_words__are_always_written() -> None:
    repeats = Repeats(interval_seconds=sys.maxsize)
    ours = [a_record("tsunagu.chassis.consumer", "batch is tried again") for _ in range(2)]
    alike = [a_record("aiokafkaesque", "away") for _ in range(2)]
    assert all(repeats.filter(each) for each in (*ours, *alike))

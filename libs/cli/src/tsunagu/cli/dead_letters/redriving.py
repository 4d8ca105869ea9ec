"""Following a redrive that a service works off, until its end."""

import time
from collections.abc import Iterator

from tsunagu.cli.dead_letters.operator_port import DeadLetterPort
from tsunagu.cli.operators.port import Row

_POLL_SECONDS = 0.5  # a person reads no faster


def followed(port: DeadLetterPort, begun: Row) -> Iterator[Row]:
    """How far the redrive is, again and again, until it has ended; the last one says how."""
    now = begun
    yield now
    while now["state"] == "running":
        time.sleep(_POLL_SECONDS)
        [now] = port.redrives(begun["redrive_id"])
        yield now

"""Redriving all that waits in a service, each key in its order."""

from collections.abc import Iterator

from tsunagu.cli.dead_letters.operator_port import DeadLetterPort
from tsunagu.cli.operators.port import Refused, Row


def redrive_all(port: DeadLetterPort, topic: str | None) -> Iterator[Row]:
    """Redrive each waiting dead letter once, oldest first; yields the results.

    What waits behind one that failed again is not tried: it would be the same one that fails.
    """
    done: set[int] = set()
    failed_keys: set[tuple[str, str | None]] = set()
    for row in port.dead_letters(topic):
        id, key = row["dead_letter_id"], (row["topic"], row["key"])
        if id in done or (row["parks_key"] and key in failed_keys):
            continue
        try:
            results = port.redrive(id)
        except Refused as error:
            results = [{"dead_letter_id": id, "state": "waiting", "left": str(error)}]
        for result in results:
            done.add(result["dead_letter_id"])
            if result["left"] is not None and row["parks_key"]:
                failed_keys.add(key)
            yield result

"""The movements of one row of stock, as inventory's operator port gives them: a page at a time."""

from datetime import datetime
from urllib.parse import quote

from tsunagu.cli.operators.port import OperatorPort, Row

PAGE_ROWS_MAX = 500
"""Movements asked for at once; half of what inventory gives by default."""


def ask_history(
    port: OperatorPort,
    location_id: str,
    sku: str,
    *,
    happened_by: datetime | None,
    known_by: datetime | None,
    limit: int,
    before: str | None,
) -> Row:
    """The balance and the latest `limit` movements, or those before a place; `next` is set where there are more.

    Times are aware. Raises NoAnswer, and Refused where nothing was ever booked or the question can't be asked.
    """
    path = f"/stock/{quote(location_id, safe='')}/{quote(sku, safe='')}/history"
    times = {"happened_by": happened_by, "known_by": known_by}
    parameters = {name: time.isoformat() for name, time in times.items() if time is not None}
    answer: Row | None = None
    while True:
        rows = limit - (len(answer["history"]) if answer is not None else 0)
        parameters["limit"] = str(min(rows, PAGE_ROWS_MAX))
        if before is not None:
            parameters["before"] = before
        page: Row = port.ask("GET", path, parameters)
        if answer is None:
            answer = page
        else:
            answer["history"] += page["history"]
            answer["next"] = page["next"]
        before = page["next"]
        if before is None or len(answer["history"]) >= limit:
            return answer

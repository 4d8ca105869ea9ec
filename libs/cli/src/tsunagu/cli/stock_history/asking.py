"""The movements of one row of stock, as inventory's operator port gives them: a page at a time."""

from datetime import datetime
from urllib.parse import quote

from tsunagu.cli.operators.pages import ask_pages
from tsunagu.cli.operators.port import OperatorPort, Row


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
    asked = {name: time.isoformat() for name, time in times.items() if time is not None}
    return ask_pages(port, path, asked, ("history", "before"), limit, before)

"""Who bought what, as customer's operator port gives it: a page at a time."""

from urllib.parse import quote

from tsunagu.cli.operators.port import OperatorPort, Row

PAGE_ROWS_MAX = 100
"""Rows asked for at once; half of what customer gives by default."""


def ask_history(port: OperatorPort, ref: str, *, limit: int, before: str | None) -> Row:
    """A customer's newest `limit` purchases, or those before a place; `next` is set where there are more.

    `ref`: any of theirs, or their id. Raises NoAnswer, and Refused where nothing is known of it.
    """
    path = f"/purchases/customers/{quote(ref, safe='')}"
    return _pages(port, path, {}, ("purchases", "before"), limit, before)


def ask_buyers(port: OperatorPort, sku: str, asked: dict[str, str], *, limit: int, after: str | None) -> Row:
    """The first `limit` pairs of customer and channel, or those after a place; `next` is set where there are more.

    `asked`: from, to and, for one alone, channel. Raises NoAnswer, and Refused where it can't be asked like this.
    """
    path = f"/purchases/skus/{quote(sku, safe='')}/customers"
    return _pages(port, path, asked, ("customers", "after"), limit, after)


def ask_counts(port: OperatorPort, sku: str, asked: dict[str, str]) -> Row:
    """Customers, pieces and yen by channel; `asked` as above, with `by` for days, weeks or months. Raises as above."""
    answer: Row = port.ask("GET", f"/purchases/skus/{quote(sku, safe='')}/counts", asked)
    return answer


def _pages(
    port: OperatorPort,
    path: str,
    asked: dict[str, str],
    names: tuple[str, str],
    limit: int,
    place: str | None,
) -> Row:
    rows, goes_on = names
    answer: Row | None = None
    while True:
        left = limit - (len(answer[rows]) if answer is not None else 0)
        parameters = {**asked, "limit": str(min(left, PAGE_ROWS_MAX))}
        if place is not None:
            parameters[goes_on] = place
        page: Row = port.ask("GET", path, parameters)
        if answer is None:
            answer = page
        else:
            answer[rows] += page[rows]
            answer["next"] = page["next"]
        place = page["next"]
        if place is None or len(answer[rows]) >= limit:
            return answer

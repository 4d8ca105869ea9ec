"""Who bought what, as customer's operator port gives it: a page at a time."""

from urllib.parse import quote

from tsunagu.cli.operators.pages import ask_pages
from tsunagu.cli.operators.port import OperatorPort, Row


def ask_history(port: OperatorPort, ref: str, *, limit: int, before: str | None) -> Row:
    """A customer's newest `limit` purchases, or those before a place; `next` is set where there are more.

    `ref`: any of theirs, or their id. Raises NoAnswer, and Refused where nothing is known of it.
    """
    path = f"/purchases/customers/{quote(ref, safe='')}"
    return ask_pages(port, path, {}, ("purchases", "before"), limit, before)


def ask_buyers(port: OperatorPort, sku: str, asked: dict[str, str], *, limit: int, after: str | None) -> Row:
    """The first `limit` pairs of customer and channel, or those after a place; `next` is set where there are more.

    `asked`: from, to and, for one alone, channel. Raises NoAnswer, and Refused where it can't be asked like this.
    """
    path = f"/purchases/skus/{quote(sku, safe='')}/customers"
    return ask_pages(port, path, asked, ("customers", "after"), limit, after)


def ask_counts(port: OperatorPort, sku: str, asked: dict[str, str]) -> Row:
    """Customers, pieces and yen by channel; `asked` as above, with `by` for days, weeks or months. Raises as above."""
    answer: Row = port.ask("GET", f"/purchases/skus/{quote(sku, safe='')}/counts", asked)
    return answer

"""Rows that a service gives a page at a time."""

from collections.abc import Mapping

from tsunagu.cli.operators.port import OperatorPort, Row

PAGE_ROWS_MAX = 100
"""Rows asked for at once; half of what services give by default, or less."""


def ask_pages(
    port: OperatorPort,
    path: str,
    asked: Mapping[str, str],
    names: tuple[str, str],
    limit: int,
    place: str | None,
) -> Row:
    """The first `limit` rows, or those behind a place, with what else the first page says; `next` is set where there
    are more. `names` are those of the rows in the answer, and of the place in the question. Raises NoAnswer, Refused.
    """
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

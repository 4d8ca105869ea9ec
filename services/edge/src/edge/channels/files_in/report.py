"""The report on a file: what became of each order, and the lines that go back, in the sender's own encoding."""

import io
from collections.abc import Mapping, Sequence

from edge.channels.said import their_order_id
from edge.channels.whole_files import as_csv
from tsunagu.importing import Encoding, SpoiltOrder, WholeOrder

REJECTED = "rejected"
_HEADER = ("order_id", "outcome", "line", "column", "reason")


def report(
    channel: str, orders: Sequence[WholeOrder | SpoiltOrder], outcomes: Mapping[str, str], encoding: Encoding
) -> bytes:
    """A line per order, and one for each thing that is wrong with it."""
    rows: list[tuple[object, ...]] = []
    for order in orders:
        theirs = "" if order.order_id is None else their_order_id(channel, order.order_id)
        if isinstance(order, WholeOrder):
            rows.append((theirs, outcomes[order.order_id], order.lines[0], "", ""))
            continue
        rows.extend(
            (theirs, REJECTED, problem.line, problem.column or "", problem.reason)
            for problem in order.problems
        )
    return as_csv(_HEADER, rows, encoding)


def report_unreadable(reason: str, encoding: Encoding) -> bytes:
    """The report on a file of which no line can be read."""
    return as_csv(_HEADER, [("", REJECTED, "", "", reason)], encoding)


def rejected(content: bytes, orders: Sequence[WholeOrder | SpoiltOrder]) -> bytes | None:
    """The file with nothing but the orders that go back, byte for byte as they came; None where none does."""
    starts = sorted({line for order in orders for line in order.lines})
    wanted = {line for order in orders if isinstance(order, SpoiltOrder) for line in order.lines}
    if not wanted:
        return None
    raw = [line if line.endswith(b"\n") else line + b"\n" for line in io.BytesIO(content).readlines()]
    ends = [*(start - 1 for start in starts[1:]), len(raw)]
    kept = raw[: starts[0] - 1]
    for start, end in zip(starts, ends, strict=True):
        if start in wanted:
            kept += raw[start - 1 : end]
    return b"".join(kept)

"""What somebody bought and what they keep of it: the same from the same parts, in whatever order they came."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

SALE, COMPLETED, UNMATCHED = "sale", "completed", "unmatched"


@dataclass(frozen=True, slots=True)
class Head:
    """What a message says about a purchase as a whole. `digest`: hash of the ref it is under.

    Of an order: when it was placed, and when some of it was fetched at a store.
    """

    source: str
    bought_at: datetime
    channel: str
    location_id: str | None
    receipt_id: str | None = None
    order_id: str | None = None
    customer_ref: str | None = None
    digest: str | None = None
    ordered_at: datetime | None = None
    picked_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BoughtPart:
    """Pieces of a line from one message. `source` is its kind: SALE, COMPLETED or UNMATCHED."""

    source: str
    line_id: str
    sku: str
    quantity: int
    amount_jpy: int
    tax_percent: int


@dataclass(frozen=True, slots=True)
class ReturnedPart:
    """Pieces that came back. Without `line_id` (or a wrong one) they are of any line with the SKU.

    Without `amount_jpy`, what they had cost is given back.
    """

    return_id: str
    place: int
    line_id: str | None
    sku: str
    quantity: int
    amount_jpy: int | None
    returned_at: datetime


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line as bought, and how much of it came back."""

    line_id: str
    sku: str
    quantity: int
    amount_jpy: int
    tax_percent: int
    returned_quantity: int = 0
    returned_jpy: int = 0


@dataclass(frozen=True, slots=True)
class KeptSku:
    """Pieces of a SKU that were kept, and what they cost, in yen."""

    sku: str
    pieces: int
    amount_jpy: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A purchase after its returns; `returned_at`: when the last came back that took something of it."""

    lines: tuple[KeptLine, ...]
    returned_at: datetime | None = None

    @property
    def amount_jpy(self) -> int:
        """What was kept, in yen."""
        return sum(line.amount_jpy - line.returned_jpy for line in self.lines)

    @property
    def pieces(self) -> int:
        """How many pieces were kept; a purchase of which nothing was kept counts as none."""
        return sum(line.quantity - line.returned_quantity for line in self.lines)

    @property
    def skus(self) -> tuple[KeptSku, ...]:
        """Each SKU of which something was kept."""
        pieces: dict[str, int] = defaultdict(int)
        amounts_jpy: dict[str, int] = defaultdict(int)
        for line in self.lines:
            pieces[line.sku] += line.quantity - line.returned_quantity
            amounts_jpy[line.sku] += line.amount_jpy - line.returned_jpy
        return tuple(KeptSku(sku, count, amounts_jpy[sku]) for sku, count in sorted(pieces.items()) if count)


def merge_heads(one: Head | None, other: Head) -> Head:
    """A purchase as a whole from what two messages say, whichever came first.

    What order completed counts before what a till handed over unmatched, then the earlier counts before the later.
    """
    if one is None:
        return other
    first, second = sorted(
        (one, other), key=lambda head: (head.source == UNMATCHED, head.bought_at, repr(head))
    )
    owner = first if first.digest is not None else second
    return replace(
        first,
        receipt_id=first.receipt_id or second.receipt_id,
        order_id=first.order_id or second.order_id,
        customer_ref=owner.customer_ref,
        digest=owner.digest,
        ordered_at=_earlier(one.ordered_at, other.ordered_at),
        picked_up_at=_earlier(one.picked_up_at, other.picked_up_at),
    )


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def merge_parts(parts: Iterable[BoughtPart]) -> tuple[BoughtPart, ...]:
    """The parts of one message, a line once: its pieces may have come from several places."""
    lines: dict[str, BoughtPart] = {}
    for part in parts:
        before = lines.get(part.line_id)
        if before is not None:
            part = replace(  # noqa: PLW2901 - the same line with more pieces
                part,
                quantity=before.quantity + part.quantity,
                amount_jpy=before.amount_jpy + part.amount_jpy,
            )
        lines[part.line_id] = part
    return tuple(lines.values())


def settle(bought: Iterable[BoughtPart], returned: Iterable[ReturnedPart]) -> Kept:
    """A purchase from all its parts.

    An order that turned up after its handover had been taken as a plain sale is not bought twice: where a line was
    completed, its unmatched part is passed over. Nothing comes back that was not bought.
    """
    lines = {line.line_id: line for line in _combined(bought)}
    took = [
        part.returned_at
        for part in sorted(returned, key=lambda part: (part.return_id, part.place))
        if _take_back(lines, part)
    ]
    return Kept(tuple(lines.values()), max(took, default=None))


def _combined(bought: Iterable[BoughtPart]) -> list[KeptLine]:
    by_line: dict[str, list[BoughtPart]] = defaultdict(list)
    for part in bought:
        by_line[part.line_id].append(part)
    combined = []
    for line_id, parts in sorted(by_line.items()):
        completed = [part for part in parts if part.source != UNMATCHED] or parts
        first = min(completed, key=lambda part: (part.sku, part.tax_percent))
        quantity = sum(part.quantity for part in completed)
        amount_jpy = sum(part.amount_jpy for part in completed)
        combined.append(KeptLine(line_id, first.sku, quantity, amount_jpy, first.tax_percent))
    return combined


def _take_back(lines: dict[str, KeptLine], part: ReturnedPart) -> bool:
    """Take what came back off its lines; whether there was anything to take."""
    left = part.quantity
    for line in _candidates(lines, part):
        pieces = min(left, line.quantity - line.returned_quantity)
        if pieces <= 0:
            continue
        left -= pieces
        returned_quantity = line.returned_quantity + pieces
        if returned_quantity == line.quantity:
            returned_jpy = line.amount_jpy  # nothing is kept: nothing is left to pay for
        else:
            back, of = (
                (line.amount_jpy, line.quantity)
                if part.amount_jpy is None
                else (part.amount_jpy, part.quantity)
            )
            returned_jpy = min(line.returned_jpy + back * pieces // of, line.amount_jpy)
        lines[line.line_id] = replace(line, returned_quantity=returned_quantity, returned_jpy=returned_jpy)
    return left < part.quantity


def _candidates(lines: dict[str, KeptLine], part: ReturnedPart) -> Sequence[KeptLine]:
    if part.line_id is not None and part.line_id in lines:
        return [lines[part.line_id]]
    return [line for line in lines.values() if line.sku == part.sku]

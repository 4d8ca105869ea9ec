"""A sale as the set of its documents: what was sold, and what of it came back.

Everything here is a function of the set, not of the order in which the documents arrived; that is what makes credit
the same however the topics overtake each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from insight.domain.basis import Basis
from insight.domain.places import Places
from insight.domain.sightings import Sighting


class DocumentKind(StrEnum):
    """What a document says. The sold kinds come in the order in which one is believed before the next."""

    COMPLETED = "completed"
    """An order was completed."""
    RECEIPT = "receipt"
    """A till sold goods of no order."""
    UNMATCHED = "unmatched"
    """Goods of an order that nobody knows were handed over: a plain sale."""
    AFTER_CLOSE = "after_close"
    """A till sold goods of an order that was closed already: a plain sale."""
    SETTLEMENT = "settlement"
    """The customer has goods of a closed order and owes their price."""
    RETURN = "return"
    VOID = "void"


SOLD_KINDS = (
    DocumentKind.COMPLETED,
    DocumentKind.RECEIPT,
    DocumentKind.UNMATCHED,
    DocumentKind.AFTER_CLOSE,
    DocumentKind.SETTLEMENT,
)


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces of one line of the sale. A return may know only the SKU, and no amount: then it is the price paid."""

    line_id: str | None
    sku: str
    quantity: int
    amount_jpy: int | None


@dataclass(frozen=True, slots=True)
class Document:
    """One document about a sale. A sold one has a basis, and the policy that credits it.

    `places` are the locations of its basis as they were when it was booked, or when they became known: a store that
    changes hands keeps what it has earned. `buyer` is a hash of the customer's ref; `sightings` are those of the same
    customer that count for it.
    """

    document_id: str
    kind: DocumentKind
    occurred_at: datetime
    business_day: date
    lines: tuple[Line, ...]
    receipt_id: str | None = None
    basis: Basis | None = None
    policy_id: str | None = None
    places: Places = field(default_factory=dict)
    buyer: bytes | None = None
    sightings: tuple[Sighting, ...] = ()

    @property
    def is_sold(self) -> bool:
        """Whether it says that something was sold."""
        return self.kind in SOLD_KINDS

    @property
    def contributions(self) -> Basis | None:
        """Its basis, with the sightings as touchpoints: all that a policy looks at."""
        if self.basis is None or not self.sightings:
            return self.basis
        seen = tuple(sighting.touch for sighting in self.sightings)
        return replace(self.basis, touches=(*self.basis.touches, *seen))

    @property
    def location_ids(self) -> frozenset[str]:
        """Every location whose kind matters here."""
        contributions = self.contributions
        return frozenset() if contributions is None else contributions.location_ids

    @property
    def unknown_location_ids(self) -> tuple[str, ...]:
        """Those of its locations that are not known yet, in the order of their ids."""
        return tuple(sorted(self.location_ids - self.places.keys()))


@dataclass(frozen=True, slots=True)
class Sold:
    """What a sold document amounts to: pieces and yen sold, and yen of it that came back."""

    document: Document
    basis: Basis
    policy_id: str
    pieces: int
    sold_jpy: int
    returned_jpy: int = 0

    @property
    def kept_jpy(self) -> int:
        """Yen to credit now."""
        return self.sold_jpy - self.returned_jpy


@dataclass(slots=True)
class _SoldLine:
    document_id: str
    line_id: str
    sku: str
    quantity: int
    amount_jpy: int
    returned_jpy: int = 0

    def take_back(self, amount_jpy: int) -> int:
        """Take back as much as is left; returns what it could not."""
        taken = min(amount_jpy, self.amount_jpy - self.returned_jpy)
        self.returned_jpy += taken
        return amount_jpy - taken


def assess(documents: Iterable[Document]) -> tuple[Sold, ...]:
    """What each sold document amounts to after all returns and voids.

    The same line of the same receipt counts once, whichever documents tell of it. Never more comes back than was sold.
    A return finds its line by id, else by SKU; what it does not find waits: it counts once the sale is there.
    """
    ordered = sorted(documents, key=lambda d: (d.occurred_at, d.document_id))
    by_belief = sorted((d for d in ordered if d.is_sold), key=lambda d: SOLD_KINDS.index(d.kind))
    lines = _sold_lines(by_belief)
    if any(document.kind is DocumentKind.VOID for document in ordered):
        for line in lines:
            line.returned_jpy = line.amount_jpy
    else:
        _return(lines, [document for document in ordered if document.kind is DocumentKind.RETURN])
    return tuple(_sum_up(document, lines) for document in ordered if document.is_sold)


def _sold_lines(documents: Sequence[Document]) -> list[_SoldLine]:
    lines: list[_SoldLine] = []
    told_by: dict[tuple[str | None, str | None], DocumentKind] = {}
    for document in documents:
        for line in document.lines:
            # Documents of one kind tell of different pieces; those of two kinds, of one receipt, of the same.
            if document.receipt_id is not None:
                first = told_by.setdefault((document.receipt_id, line.line_id), document.kind)
                if first is not document.kind:
                    continue
            assert line.line_id is not None and line.amount_jpy is not None, (
                "a sold line has an id and a price"
            )
            lines.append(
                _SoldLine(document.document_id, line.line_id, line.sku, line.quantity, line.amount_jpy)
            )
    return lines


def _return(lines: Sequence[_SoldLine], returns: Sequence[Document]) -> None:
    by_id: dict[str, list[_SoldLine]] = defaultdict(list)
    by_sku: dict[str, list[_SoldLine]] = defaultdict(list)
    for line in lines:
        by_id[line.line_id].append(line)
        by_sku[line.sku].append(line)
    returned = [line for document in returns for line in document.lines]
    # Those that name their line first: one that knows only the SKU must not take away what they are about.
    for named in [line for line in returned if line.line_id in by_id]:
        _take_back(by_id[named.line_id or ""], named)
    for unnamed in [line for line in returned if line.line_id not in by_id]:
        _take_back(by_sku.get(unnamed.sku, []), unnamed)


def _take_back(candidates: Sequence[_SoldLine], returned: Line) -> None:
    left = returned.amount_jpy
    if left is None:
        pieces = sum(line.quantity for line in candidates)
        price = sum(line.amount_jpy for line in candidates)
        left = price * min(returned.quantity, pieces) // pieces if pieces else 0
    for line in candidates:
        left = line.take_back(left)


def _sum_up(document: Document, lines: Sequence[_SoldLine]) -> Sold:
    contributions = document.contributions
    assert contributions is not None and document.policy_id is not None, "a sold document has both"
    own = [line for line in lines if line.document_id == document.document_id]
    return Sold(
        document,
        contributions,
        document.policy_id,
        sum(line.quantity for line in own),
        sum(line.amount_jpy for line in own),
        sum(line.returned_jpy for line in own),
    )

"""What the tills mean to send: sales, voids and returns, some of them late, twice or out of order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tsunagu.contracts.values import Disposition
from tsunagu.retailer.chain import Chain
from tsunagu.retailer.intentions import Item, Return, Sale, TillAct, Void
from tsunagu.retailer.rhythm import Bought
from tsunagu.retailer.shopping import Assortment, Crowd

REGISTERS = ("01", "02")
"""Registers of every store. What is paid at pickup goes over the service desk's own."""

LATE_SHARE = 0.10
LATE_SECONDS_MAX = 20.0
TWICE_SHARE = 0.05
VOID_SHARE = 0.03
VOID_FIRST_SHARE = 0.25
"""Of the voids, those that the till sends before their sale."""
RETURN_SHARE = 0.03
TILL_SHELF_SHARE = 0.6
"""What tills sell at most of a shelf that has more than a few pieces; the rest is for orders. Tills sell what is
there: they take goods from orders, but none from the air."""
_FEW_PIECES = 3
_AFTER_VOID_SECONDS = 0.5  # by which a sale comes late after its void

SELLING_UNTIL = 0.93
"""Share of the time after which tills sell nothing more, so that what is late can still arrive."""

_DISPOSITIONS = (Disposition.RESELLABLE,) * 4 + (Disposition.DAMAGED, Disposition.INSPECT)


@dataclass(slots=True)
class _Sold:
    """A sale without its running number, with what follows it."""

    happened_at: float
    location_id: str
    register_id: str
    items: tuple[Item, ...]
    customer_ref: str | None
    voided_at: float | None = None
    returned_at: float | None = None


def till_acts(
    seed: int, chain: Chain, bought: Sequence[Bought], assortment: Assortment, crowd: Crowd, duration: float
) -> tuple[TillAct, ...]:
    """All that the tills send, in the order in which they send it. Every till has a sale if there are enough."""
    rng = Random(f"{seed}:tills")
    sold = _sales(chain, bought, assortment, crowd, duration, rng)
    acts = [_sent(act, duration, rng) for act in _numbered(sold, rng)]
    return tuple(sorted(_voids_first(acts, duration, rng), key=lambda act: (act.sent_at, act.happened_at)))


def _sales(
    chain: Chain,
    bought: Sequence[Bought],
    assortment: Assortment,
    crowd: Crowd,
    duration: float,
    rng: Random,
) -> list[_Sold]:
    shelves = {
        store.location_id: {
            sku: count if count <= _FEW_PIECES else int(count * TILL_SHELF_SHARE)
            for sku, count in chain.stock.get(store.location_id, {}).items()
        }
        for store in chain.stores
    }
    tills = [(store.location_id, register) for store in chain.stores for register in REGISTERS]
    found = []
    for place, purchase in enumerate(bought):
        if place < len(tills):
            location_id, register_id = tills[place]
        else:
            location_id = crowd.home(purchase.customer).location_id
            register_id = rng.choice(REGISTERS)
        shelf = shelves[location_id]
        items = assortment.basket(purchase.units, rng, lambda sku, shelf=shelf: shelf.get(sku, 0))  # type: ignore[misc]
        if not items:
            continue
        for item in items:
            shelf[item.sku] -= item.quantity
        happened_at = round(purchase.at * SELLING_UNTIL * duration, 3)
        sale = _Sold(happened_at, location_id, register_id, items, crowd.card(purchase.customer))
        what_follows = rng.random()
        later = round(happened_at + rng.uniform(0.02, 0.08) * duration, 3)
        if later < SELLING_UNTIL * duration:
            if what_follows < VOID_SHARE:
                sale.voided_at = later
            elif what_follows < VOID_SHARE + RETURN_SHARE:
                sale.returned_at = later
        found.append(sale)
    return found


def _numbered(sold: Sequence[_Sold], rng: Random) -> list[TillAct]:
    """Give every document its running number on its register, in the order in which they happened."""
    events: list[tuple[float, int, str, _Sold]] = []
    for place, sale in enumerate(sold):
        events.append((sale.happened_at, place, "sale", sale))
        if sale.voided_at is not None:
            events.append((sale.voided_at, place, "void", sale))
        if sale.returned_at is not None:
            events.append((sale.returned_at, place, "return", sale))
    events.sort(key=lambda event: event[:2])
    numbers: dict[tuple[str, str], int] = defaultdict(int)
    sales: dict[int, Sale] = {}
    acts = []
    for happened_at, place, kind, sale in events:
        register = (sale.location_id, sale.register_id)
        numbers[register] += 1
        number = numbers[register]
        document: Sale | Void | Return
        if kind == "sale":
            document = Sale(sale.location_id, sale.register_id, number, sale.items, sale.customer_ref)
            sales[place] = document
        elif kind == "void":
            document = Void(sales[place], number)
        else:
            document = Return(sales[place], number, rng.choice(_DISPOSITIONS))
        acts.append(TillAct(happened_at, happened_at, document))
    return acts


def _sent(act: TillAct, duration: float, rng: Random) -> TillAct:
    """When a till sends a document that has happened, and how often."""
    late, twice, same = rng.random() < LATE_SHARE, rng.random() < TWICE_SHARE, rng.random() < 0.5
    by = rng.random() * LATE_SECONDS_MAX * duration / 60
    sent_at = round(min(act.happened_at + by, max(act.happened_at, 0.98 * duration)), 3)
    return TillAct(
        act.happened_at, sent_at if late else act.happened_at, act.document, 2 if twice else 1, same
    )


def _voids_first(acts: Sequence[TillAct], duration: float, rng: Random) -> list[TillAct]:
    """Let some sales leave their till after their void; all other voids wait for their sale."""
    voids = {id(act.document.sale): act for act in acts if isinstance(act.document, Void)}
    result = []
    for act in acts:
        void = voids.get(id(act.document)) if isinstance(act.document, Sale) else None
        late = act.sent_at if void is None else round(void.sent_at + _AFTER_VOID_SECONDS * duration / 60, 3)
        in_time = late - act.happened_at <= LATE_SECONDS_MAX * duration / 60 and late <= duration
        if void is not None and in_time and rng.random() < VOID_FIRST_SHARE:
            result.append(TillAct(act.happened_at, late, act.document, act.copies, act.same_message))
        else:
            result.append(act)
    return result

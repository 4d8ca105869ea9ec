"""What has to hold of KPIs after a schedule: they are what all topics come to, read once more from their beginning."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from insight.domain.facts import Fact
from insight.domain.kpis import MEANS, Kpi
from insight.domain.parts import parts_of
from insight.handlers import facts as told
from insight.handlers.facts import Told
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t

from .broker import Broker

_DAY = date.min  # only totals are compared
_TOPICS = (t.ORDER_EVENTS, t.PICKUP_EVENTS, t.INVENTORY_EVENTS, t.SHOPPER_ACTIVITY)


def totals(broker: Broker) -> Mapping[str, float]:
    """What each figure that is counted from facts comes to, for the whole company."""
    subjects: dict[str, dict[str, Fact]] = defaultdict(dict)
    for one in _told(broker):
        subjects[one.subject_id].setdefault(one.fact_id, one.fact)
    for key, profile in broker.latest(t.CUSTOMER_PROFILES.name).items():
        if isinstance(profile, m.CustomerProfile):
            subjects[f"customer:{key}"]["bought"] = told.of_profile(profile, profile.updated_at)
    amounts: Counter[Kpi] = Counter()
    counts: Counter[Kpi] = Counter()
    for facts in subjects.values():
        for place, (amount, count) in parts_of(list(facts.values())).items():
            amounts[place.kpi] += amount
            counts[place.kpi] += count
    return {kpi: amount / counts[kpi] if kpi in MEANS else float(amount) for kpi, amount in amounts.items()}


def _told(broker: Broker) -> Iterator[Told]:
    for topic in _TOPICS:
        for decoded in broker.read(topic.name):
            match decoded.message:
                case m.OrderPlaced() as event:
                    yield told.of_placed(event, _DAY)
                case m.OrderConfirmed() as event:
                    yield from told.of_confirmed(event)
                case m.OrderRejected() as event if lost := told.of_rejected(event):
                    yield lost
                case m.OrderCancelled() as event if lost := told.of_cancelled(event):
                    yield lost
                case m.OrderReady() | m.OrderShipped() as event:
                    yield told.of_ready(event)
                case m.PickCompleted() | m.PickShorted() as event:
                    yield told.of_pick(event, _DAY)
                case m.StockCounted() as event:
                    yield told.of_counted(event, _DAY)
                case m.PromiseBroken() as event:
                    yield told.of_broken(event)
                case m.ProductScanned() as event:
                    yield told.of_scanned(event, _DAY)

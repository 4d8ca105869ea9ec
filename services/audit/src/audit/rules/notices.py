"""Notices to shoppers: one for each event that asks for it, each sent, failed or void, and said to be."""

from collections import Counter

from audit.report import Heading
from audit.scene import Scene
from audit.tables import News
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message

_ASKED_FOR: dict[type[Message], str] = {
    m.OrderConfirmed: "confirmed",
    m.ChoiceRequested: "choice",
    m.OrderReady: "ready",
    m.OrderShipped: "shipped",
    m.OrderCancelled: "cancelled",
    m.OrderRejected: "rejected",
}
"""Which notice an event always has. A reminder or a refund by itself depends on what else happens."""


async def check_late_notices(scene: Scene) -> None:
    """Lost: a notice that should have been tried, and nobody has."""
    late = await scene.databases["customer"].fetch("late_notices", scene.settings.notice_seconds_max)
    for row in late:
        why = (
            f"customer should have tried to send its {row['kind']} notice {round(row['late_seconds'])} s ago"
        )
        scene.findings.add("lost", row["order_id"], why)


async def check_notices(scene: Scene) -> None:
    """Lost, doubled: an event has not the one notice that it asks for, or what became of it was not said once."""
    rows = await scene.databases["customer"].fetch("notices")
    scene.findings.count("notices", len(rows))
    made = Counter((row["message_id"], row["kind"]) for row in rows)
    for order_id, news in scene.told.news.items():
        persons = {ref for each in news for ref in each.refs}
        persons |= {ref for person in persons for ref in scene.told.recorded_by.get(person, ())}
        if scene.told.erased.isdisjoint(persons) and not scene.told.is_doubled(order_id):
            _check_made(scene, order_id, news, made)
    for row in rows:
        said = scene.told.notices.get(row["notice_id"], [])
        should_say = [row["state"]] if row["state"] in ("sent", "failed") else []
        if said != should_say:
            name = f"{row['kind']} notice {row['notice_id']}"
            why = f"its {name} is {row['state']}, and customer.events says {' and '.join(said) or 'nothing'}"
            heading: Heading = "doubled" if len(said) > len(should_say) else "lost"
            scene.findings.add(heading, row["order_id"], why)


def _check_made(scene: Scene, order_id: str, news: list[News], made: Counter[tuple[str, str]]) -> None:
    for each in news:
        kind = _ASKED_FOR.get(each.kind)
        if kind is None or scene.is_dead("customer", each.message_id):
            continue
        number = made[each.message_id, kind]
        if number != 1:
            why = f"its {each.kind.__name__} has {number} notices of kind {kind} in customer's database"
            scene.findings.add("doubled" if number else "lost", order_id, why)

"""Customers: whoever the events make one is one in the database, and what they bought is theirs."""

from collections import defaultdict

from audit.scene import Scene
from audit.tables import RefsTold, Told

_SHOWN = 5  # refs named in a finding; a customer may have hundreds


async def check_identities(scene: Scene) -> None:
    """Lost: a customer whose refs in the database are not those that customer.events has told last."""
    held: dict[str, set[str]] = defaultdict(set)
    for row in await scene.databases["customer"].fetch("refs"):
        refs = held[row["customer_id"]]
        if row["ref"] is not None:
            refs.add(row["ref"])
    scene.findings.count("identified_customers", len(held))
    scene.findings.count("refs", sum(map(len, held.values())))
    for customer_id, refs in held.items():
        told = _told(scene.told, customer_id)
        if told is None:
            scene.findings.add(
                "lost", customer_id, "customer.events has never told the refs of this customer"
            )
        elif refs != told.refs:
            wrong = sorted(refs ^ told.refs)
            shown = ", ".join(wrong[:_SHOWN]) + (" …" if len(wrong) > _SHOWN else "")
            why = f"customer.events and the database disagree about whose these refs are: {shown}"
            scene.findings.add("lost", customer_id, why)


async def check_owners(scene: Scene) -> None:
    """Lost: a purchase whose published state names another customer than the one who holds its ref, or nobody."""
    for row in await scene.databases["customer"].fetch("misattributed"):
        said = row["published_customer_id"] or "nobody"
        why = f"it belongs to customer {row['customer_id']}, and customer.purchases names {said}"
        scene.findings.add("lost", row["purchase_id"], why)


def _told(told: Told, customer_id: str) -> RefsTold | None:
    """The refs that the events leave a customer with; None where none told.

    A customer begins, or comes back, with the refs that a split moved to them: their own events count from then on.
    """
    said = (told.refs.get(customer_id), told.moved_refs.get(customer_id))
    return max((one for one in said if one is not None), key=lambda one: one.sequence, default=None)

"""Work on something that nobody knows: it stays unmatched, and somebody is asked to find out whose goods they are."""

from collections import Counter

from audit.outcomes import OUTCOMES
from audit.scene import Scene
from tsunagu.contracts import messages as m


async def check_unmatched(scene: Scene) -> None:
    """Doubled: work was called unmatched and booked as known all the same, or called so twice."""
    for asked in scene.log.asked.values():
        outcomes = OUTCOMES.get(asked.type, ())
        if m.WorkUnmatched not in outcomes:
            continue
        answers = [kind for message_id in asked.message_ids for kind in scene.log.answers.get(message_id, ())]
        times = answers.count(m.WorkUnmatched)
        others = {kind.__name__ for kind in answers if kind in outcomes and kind is not m.WorkUnmatched}
        if times > 1:
            scene.findings.add(
                "doubled", asked.identity, f"pickup has called this work unmatched {times} times"
            )
        elif times and others:
            why = f"pickup has called this work unmatched, and said {', '.join(sorted(others))} all the same"
            scene.findings.add("doubled", asked.identity, why)


async def check_discrepancies(scene: Scene) -> None:
    """Lost: goods of unmatched work that nobody at the place is asked about."""
    asked_about = Counter(scene.told.discrepancies.values())
    for message_id, place in scene.told.unmatched.items():
        if scene.is_dead("inventory", message_id):
            continue
        if asked_about[place]:
            asked_about[place] -= 1
            continue
        subject = place.order_id or place.transfer_id or message_id
        why = f"goods moved at {place.location_id} with work that nobody knows, and no discrepancy asks about them"
        scene.findings.add("lost", subject, why)

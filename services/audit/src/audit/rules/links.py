"""Links by which shoppers answer: as long as there is a question, and no longer.

Which links an order has stands in order's database; what opens them is secret, and no audit's to see.
"""

from audit.scene import Scene


async def check_links(scene: Scene) -> None:
    """Lost: a question without a link, or that was never asked; a link whose question has ended."""
    for row in await scene.databases["order"].fetch("questions"):
        order_id, until, link_until = row["order_id"], row["choice_answer_by"], row["link_until"]
        if until is None:
            why = f"its shopper is asked nothing, and has a link to answer by until {link_until}"
            scene.findings.add("lost", order_id, why)
        elif link_until != until:
            has = "no link" if link_until is None else f"a link until {link_until}"
            why = f"its shopper has until {until} to answer, and {has} to answer by"
            scene.findings.add("lost", order_id, why)
        elif scene.told.questions.get(order_id) != until:
            why = f"its shopper has until {until} to answer, and order.events has never asked them that"
            scene.findings.add("lost", order_id, why)

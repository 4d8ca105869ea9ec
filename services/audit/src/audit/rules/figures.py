"""insight's totals of the company: what they were counted from leads to the same numbers."""

from audit.scene import Scene


async def check_totals(scene: Scene) -> None:
    """Unbalanced: orders on the topics, or yen of all sales and credits, are others than the figure says.

    Runs last: where a document is lost or dead, or a sale does not add up, that is the finding, and its total follows.
    """
    if scene.findings.report().red or scene.dead.get("insight"):
        return
    database = scene.databases["insight"]
    totals = {row["name"]: row["amount"] for row in await database.fetch("totals")}
    orders = scene.told.orders.values()
    counted = {
        "orders_placed": sum(order.placed for order in orders),
        "orders_confirmed": sum(order.confirmed for order in orders),
        **{row["name"]: row["amount"] for row in await database.fetch("sums")},
    }
    scene.findings.count("totals", len(counted))
    for name, expected in counted.items():
        shown = totals.get(name, 0)
        if shown != expected:
            why = f"the figure is {shown:.0f}, and what it counts comes to {expected:.0f}"
            scene.findings.add("unbalanced", f"{name}:all:total", why)

"""Pickup's goods: every piece that left its shelf is in exactly one place."""

from collections import defaultdict

from audit.scene import Scene


async def check_goods(scene: Scene) -> None:
    """Unbalanced and lost: what pickup has of an order's pieces is what was picked, handed over, shipped, put away."""
    database = scene.databases["pickup"]
    states: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in await database.fetch("goods"):
        states[row["work_id"], row["sku"]][row["state"]] += row["pieces"]
    told = scene.told
    for work_id, sku in {*states, *told.picked, *told.collected, *told.parcelled, *told.undelivered}:
        pieces, key = states[work_id, sku], (work_id, sku)
        # Straight from the shelf is handed over, too.
        pieces["collected"] += pieces.pop("taken", 0)
        # Given up is given up, also if the parcel arrives after all.
        pieces["undelivered"] += pieces.pop("arrived_late", 0)
        for state, done, table in (
            ("collected", "handed over", told.collected),
            ("parcelled", "sent in parcels", told.parcelled),
            ("undelivered", "lost or back with their parcels", told.undelivered),
        ):
            if pieces[state] != table.get(key, 0):
                events = table.get(key, 0)
                why = f"{pieces[state]} pieces of {sku} are {done} by pickup's books, and {events} by its events"
                scene.findings.add("unbalanced", work_id, why)
        total, picked = sum(pieces.values()), told.picked.get(key, 0)
        if total < picked:
            why = f"{picked} pieces of {sku} were picked, and only {total} are accounted for"
            scene.findings.add("unbalanced", work_id, why)
        elif pieces["put_away"] > told.put_away.get(key, 0) and not _put_away_elsewhere(scene, work_id, sku):
            why = (
                f"{pieces['put_away']} pieces of {sku} are back on the shelf, and no PutAwayCompleted says so"
            )
            scene.findings.add("unbalanced", work_id, why)


def _put_away_elsewhere(scene: Scene, work_id: str, sku: str) -> bool:
    """Whether a put-away that names no order could have been of this work."""
    return any(
        pieces for (key, other), pieces in scene.told.put_away.items() if other == sku and key != work_id
    )

"""Shipments between locations: each transfer is in one, and each pays for its journey once."""

from audit.scene import Scene

TOPIC = "pickup.shipments"


async def check_shares(scene: Scene) -> None:
    """Unbalanced: what the transfers of a shipment bear is not what it cost, or it has not left and costs already."""
    for shipment_id, (_, _, _, has_left, cost_jpy, shares_jpy, _) in scene.told.states[TOPIC].items():
        expected = cost_jpy if has_left else 0
        if shares_jpy != expected:
            why = f"{TOPIC} has its transfers bear {shares_jpy} yen, and it has cost {expected}"
            scene.findings.add("unbalanced", shipment_id, why)


async def check_costs(scene: Scene) -> None:
    """Unbalanced: a shipment does not cost what one of its transfers' lanes does, once."""
    for shipment_id, (_, _, _, _, cost_jpy, _, transfers) in scene.told.states[TOPIC].items():
        known = {scene.told.costs[each] for each in transfers if each in scene.told.costs}  # type: ignore[attr-defined]
        if known and cost_jpy not in known:
            lanes = " or ".join(f"{cost}" for cost in sorted(known))
            why = f"{TOPIC} has it cost {cost_jpy} yen, and its transfers' lane costs {lanes}"
            scene.findings.add("unbalanced", shipment_id, why)


async def check_shipments(scene: Scene) -> None:
    """Lost: pickup.shipments differs from what pickup's transfers make of a shipment."""
    told = scene.told.states[TOPIC]
    rows = {row["shipment_id"]: row for row in await scene.databases["pickup"].fetch("shipments")}
    scene.findings.count("shipments", len(rows))
    for shipment_id, row in rows.items():
        state = told.get(shipment_id)
        if row["is_due"]:
            continue  # its news of the last seconds is told together, in a moment
        if state is None:
            why = f"{TOPIC} has nothing of it, and pickup's database has {row['transfers']} transfers of it"
            scene.findings.add("lost", shipment_id, why)
            continue
        version, _, transfers, has_left, *_ = state
        if version != row["version"]:
            why = f"{TOPIC} has version {version}, and pickup's database has version {row['version']}"
            scene.findings.add("lost", shipment_id, why)
        elif (transfers, has_left) != (row["transfers"], row["has_left"]):
            why = (
                f"{TOPIC} has {transfers} transfers of it{_left(has_left)}, and pickup's database has "
                f"{row['transfers']}{_left(row['has_left'])}"
            )
            scene.findings.add("lost", shipment_id, why)
    for shipment_id in told.keys() - rows.keys():
        scene.findings.add(
            "lost", shipment_id, f"{TOPIC} has it, and pickup's database has no transfer of it"
        )


def _left(has_left: object) -> str:
    return ", and it has left" if has_left else ""

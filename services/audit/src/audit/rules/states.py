"""State topics: the latest value of each key is what the owner's database has."""

from collections.abc import Mapping

from audit.scene import Scene
from audit.tables import StockId

State = tuple[object, ...]


async def check_orders(scene: Scene) -> None:
    """Lost: order.state differs from order's database. Unbalanced: only its refunded yen do."""
    database = scene.databases["order"]
    lines: dict[str, list[tuple[object, ...]]] = {}
    refunded: dict[str, int] = {}
    for row in await database.fetch("lines"):
        order_id = row["order_id"]
        line = (row["line_id"], row["completed"], row["cancelled"], row["returned"])
        lines.setdefault(order_id, []).append(line)
        refunded[order_id] = refunded.get(order_id, 0) + row["refunded_jpy"]
    rows: dict[str, State] = {}
    for row in await database.fetch("orders"):
        order_id = row["order_id"]
        ordered = tuple(sorted(lines.get(order_id, ())))
        rows[order_id] = (row["version"], row["status"], ordered, refunded.get(order_id, 0))
    _compare(scene, "order.state", "order", rows, yen="refunded")


async def check_availability(scene: Scene) -> None:
    """Lost: inventory.availability differs from what inventory's stock can promise."""
    told = scene.told.states["inventory.availability"]
    rows = {
        StockId(row["location_id"], row["sku"]): row
        for row in await scene.databases["inventory"].fetch("stock")
    }
    scene.findings.count("stock_rows", len(rows))
    for stock_id, row in rows.items():
        if stock_id in scene.judged:
            continue
        state = told.get(f"{stock_id.location_id}:{stock_id.sku}")
        available = max(0, row["available"])
        if state is None:
            if row["version"] > 0:
                why = f"inventory.availability has never said that {available} can be promised"
                scene.findings.add("lost", str(stock_id), why)
        elif state[1] != available:
            why = f"inventory.availability says {state[1]}, and {available} can be promised"
            scene.findings.add("lost", str(stock_id), why)
    for key in told:
        location_id, _, sku = key.partition(":")
        if StockId(location_id, sku) not in rows:
            scene.findings.add(
                "lost", f"{sku} at {location_id}", "inventory.availability has it, its database not"
            )


async def check_pickup(scene: Scene) -> None:
    """Lost: pickup.tasks or pickup.capacity differs from pickup's database."""
    database = scene.databases["pickup"]
    tasks = {
        row["task_id"]: (row["version"], row["state"], row["wave_id"])
        for row in await database.fetch("tasks")
    }
    scene.findings.count("tasks", len(tasks))
    _compare(scene, "pickup.tasks", "pickup", tasks)
    capacities = {row["location_id"]: (row["version"],) for row in await database.fetch("capacities")}
    _compare(scene, "pickup.capacity", "pickup", capacities)


async def check_inventory_tasks(scene: Scene) -> None:
    """Lost: inventory.tasks differs from inventory's database."""
    await _compare_tasks(scene, "inventory")


async def check_order_tasks(scene: Scene) -> None:
    """Lost: order.tasks differs from order's database."""
    await _compare_tasks(scene, "order")


async def check_customer_tasks(scene: Scene) -> None:
    """Lost: customer.tasks differs from customer's database."""
    await _compare_tasks(scene, "customer")


async def _compare_tasks(scene: Scene, service: str) -> None:
    topic = f"{service}.tasks"
    told = scene.told.states[topic]
    rows: dict[str, State] = {}
    for row in await scene.databases[service].fetch("tasks"):
        state = told.get(row["task_id"])
        is_open = state is not None and state[1] not in ("done", "cancelled")
        # Their tables know open and ended, not which of the states of each.
        said = state[1] if state and is_open == row["is_open"] else "?"
        rows[row["task_id"]] = (row["version"], said, None)
    _compare(scene, topic, service, rows)


async def check_customer(scene: Scene) -> None:
    """Lost: customer.purchases or customer.profiles differs from customer's database. Unbalanced: only the yen do."""
    database = scene.databases["customer"]
    rows = await database.fetch("purchases")
    scene.findings.count("purchases", len(rows))
    purchases = {row["purchase_id"]: (row["version"], row["kept_jpy"]) for row in rows}
    _compare(scene, "customer.purchases", "customer", purchases, yen="kept")
    profiles = scene.told.states["customer.profiles"]
    for row in await database.fetch("customers"):
        if row["has_profile"] and row["customer_id"] not in profiles:
            scene.findings.add("lost", row["customer_id"], "customer.profiles has nothing of this customer")


async def check_figures(scene: Scene) -> None:
    """Lost: insight.kpis has another version of a figure than insight's database."""
    rows = {row["kpi_id"]: (row["version"],) for row in await scene.databases["insight"].fetch("figures")}
    _compare(scene, "insight.kpis", "insight", rows)


def _compare(
    scene: Scene, topic: str, service: str, rows: Mapping[str, State], *, yen: str | None = None
) -> None:
    """`yen`: what the last value is, where it is an amount: then that it differs is a matter of sums."""
    told = scene.told.states[topic]
    for key, row in rows.items():
        state = told.get(key)
        if state is None:
            why = f"{topic} has nothing of it, and {service}'s database has {_say(row)}"
            scene.findings.add("lost", key, why)
        elif state == row:
            continue
        elif yen is not None and state[:-1] == row[:-1]:
            why = f"{topic} says that {state[-1]} yen are {yen}, and {service}'s database {row[-1]} yen"
            scene.findings.add("unbalanced", key, why)
        else:
            why = f"{topic} has {_say(state)}, and {service}'s database has {_say(row)}"
            scene.findings.add("lost", key, why)
    for key in told.keys() - rows.keys():
        scene.findings.add("lost", key, f"{topic} has it, and {service}'s database has not")


def _say(state: State) -> str:
    version, *rest = state
    values = [str(value) for value in rest if value is not None and not isinstance(value, tuple)]
    return f"version {version}" + (f" ({', '.join(values)})" if values else "")

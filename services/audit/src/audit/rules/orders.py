"""Orders: nobody forgot one, and each piece ended once."""

from collections import defaultdict

from audit.scene import Scene
from audit.tables import OrderTold
from tsunagu.contracts.values import OrderStatus, RefundBy

_ENDED = frozenset({OrderStatus.REJECTED, OrderStatus.COMPLETED, OrderStatus.CANCELLED, OrderStatus.RETURNED})


async def check_chain(scene: Scene) -> None:
    """Lost: a placed order that inventory never answered, an answer that order or pickup never took up."""
    scene.findings.count("orders", sum(order.placed for order in scene.told.orders.values()))
    has_inventory, has_pickup = "inventory" in scene.databases, "pickup" in scene.databases
    for order_id, order in scene.told.orders.items():
        if not order.placed:
            continue
        if not order.stock_answered:
            if has_inventory and not order.ended:
                scene.findings.add("lost", order_id, "inventory never said whether the goods can be had")
        elif not order.confirmed and not order.ended:
            scene.findings.add("lost", order_id, "order never took up what inventory answered")
        elif order.confirmed and has_pickup and not order.picks_requested and not order.ended:
            scene.findings.add("lost", order_id, "it is confirmed, and pickup never asked anybody to pick it")


async def check_orders(scene: Scene) -> None:
    """Lost: order's database has not what events say of the order, or has it in a state that can't be."""
    database = scene.databases["order"]
    rows = {row["order_id"]: row for row in await database.fetch("orders")}
    lines: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for line in await database.fetch("lines"):
        lines[line["order_id"]][line["line_id"]] = dict(line)
    for order_id, order in scene.told.orders.items():
        if (order.placed or order.ended) and order_id not in rows:
            scene.findings.add("lost", order_id, "it was placed, and order's database does not have it")
    for order_id, row in rows.items():
        order = scene.told.orders.get(order_id, OrderTold())
        _check_pieces(scene, order_id, order, lines[order_id])
        _check_status(scene, order_id, row["status"], lines[order_id])
        _check_refunds(scene, order_id, order, lines[order_id])


def _check_pieces(scene: Scene, order_id: str, order: OrderTold, lines: dict[str, dict[str, int]]) -> None:
    for line_id, line in lines.items():
        for column, by_events in (
            ("completed", order.completed),
            ("cancelled", order.cancelled),
            ("returned", order.returned),
        ):
            said = by_events.get(line_id, 0)
            if line[column] != said:
                why = f"{line[column]} pieces of line {line_id} are {column}, and its events say {said}"
                scene.findings.add("lost", order_id, why)


def _check_status(scene: Scene, order_id: str, status: str, lines: dict[str, dict[str, int]]) -> None:
    if status not in set(OrderStatus):
        scene.findings.add("lost", order_id, f"its status is {status!r}, which no order can have")
        return
    is_open = any(line["completed"] + line["cancelled"] < line["quantity"] for line in lines.values())
    if is_open == (status in _ENDED):
        which = "has pieces that are open" if is_open else "has no piece that is open"
        scene.findings.add("lost", order_id, f"it is {status} and {which}")


def _check_refunds(scene: Scene, order_id: str, order: OrderTold, lines: dict[str, dict[str, int]]) -> None:
    """Who has paid gets back what ended or came back: once, no more than was paid, from whoever has the money.

    Who paid in advance has paid for what is cancelled, too. What came back over a till may have been paid back there.
    """
    owing = RefundBy.CHANNEL if order.prepaid else RefundBy.TILL
    pieces: dict[str, int] = defaultdict(int)
    amounts: dict[str, int] = defaultdict(int)
    for refund in order.refunds:
        pieces[refund.line_id] += refund.pieces
        amounts[refund.line_id] += refund.amount_jpy
        if refund.by is not owing:
            why = f"the {refund.by} shall refund line {refund.line_id}, and the {owing} has the money"
            scene.findings.add("unbalanced", order_id, why)
    for line_id in {*lines, *pieces}:
        line = lines.get(line_id)
        back = order.returned.get(line_id, 0)
        at_most = order.cancelled.get(line_id, 0) + back if order.prepaid else back
        owed = order.returned_unpaid_jpy.get(line_id, 0)
        if order.prepaid and line is not None:
            owed += order.cancelled.get(line_id, 0) * line["unit_price_jpy"]
        paid = 0 if line is None else _paid_jpy(line, prepaid=order.prepaid)
        if pieces[line_id] > at_most:
            why = f"{pieces[line_id]} pieces of line {line_id} are refunded, and {at_most} are due"
            scene.findings.add("doubled", order_id, why)
        elif amounts[line_id] < owed:
            why = f"{owed} yen of line {line_id} are to be paid back, and {amounts[line_id]} yen are refunded"
            scene.findings.add("lost", order_id, why)
        elif line is not None and amounts[line_id] > paid:
            why = f"{amounts[line_id]} yen of line {line_id} are refunded, and {paid} yen were paid"
            scene.findings.add("unbalanced", order_id, why)
        elif line is not None and amounts[line_id] != line["refunded_jpy"]:
            why = f"order has refunded {line['refunded_jpy']} yen of line {line_id}, its events {amounts[line_id]} yen"
            scene.findings.add("unbalanced", order_id, why)


def _paid_jpy(line: dict[str, int], *, prepaid: bool) -> int:
    return line["quantity"] * line["unit_price_jpy"] if prepaid else line["completed_jpy"]


async def check_handed_over(scene: Scene) -> None:
    """Lost and doubled: pieces that pickup handed over or delivered are completed, by order, once.

    Of a parcel that left when part of it was cancelled already, each piece is completed or to be settled. So are pieces
    that were cancelled while the news of their delivery was on its way to order, which may have been down.
    """
    database = scene.databases["order"]
    known = {row["order_id"] for row in await database.fetch("orders")}
    for order_id, order in scene.told.orders.items():
        if order_id not in known:
            continue  # a handover of an order that nobody knows is a plain sale
        for line_id in {*order.handed_over, *order.late_parcels, *order.completed}:
            handed_over, late = order.handed_over.get(line_id, 0), order.late_parcels.get(line_id, 0)
            completed = order.completed.get(line_id, 0)
            settled = order.settled.get(line_id, 0)
            crossed = min(max(0, settled - late), order.cancelled.get(line_id, 0))
            at_least = max(0, handed_over - crossed) + max(0, late - settled)
            if not at_least <= completed <= handed_over + late:
                why = (
                    f"{handed_over} pieces of line {line_id} reached the shopper, {late} more in parcels that left"
                    f" late, and {completed} are completed"
                )
                scene.findings.add("lost" if completed < at_least else "doubled", order_id, why)


async def check_issued(scene: Scene) -> None:
    """Lost and doubled: pieces that left the house are issued, by inventory, once."""
    for order_id, order in scene.told.orders.items():
        for line_id in {*order.left, *order.issued}:
            left, issued = order.left.get(line_id, 0), order.issued.get(line_id, 0)
            if issued != left:
                why = (
                    f"{left} pieces of line {line_id} have left the house, and inventory has issued {issued}"
                )
                scene.findings.add("lost" if issued < left else "doubled", order_id, why)

"""Money: purchases, credits, refunds and taxes add up to what was sold."""

from audit.scene import Scene
from audit.tables import Sale


async def check_amounts(scene: Scene) -> None:
    """Unbalanced: a receipt's tax, or a refund, does not add up by itself."""
    for receipt_id, why in scene.told.tax_faults:
        scene.findings.add("unbalanced", receipt_id, why)
    for order_id, why in scene.told.refund_faults:
        scene.findings.add("unbalanced", order_id, why)


async def check_purchases(scene: Scene) -> None:
    """Lost and unbalanced: every sale and completed order is among the purchases, with its yen."""
    database = scene.databases["customer"]
    booked = {
        (row["purchase_id"], row["message"]): row["amount_jpy"] for row in await database.fetch("bought")
    }
    kept = {row["purchase_id"]: row["kept_jpy"] for row in await database.fetch("purchases")}
    for purchase_id, messages in scene.told.purchases.items():
        for message, amount_jpy in messages.items():
            there = booked.pop((purchase_id, message), None)
            if there is None:
                why = f"a sale of {amount_jpy} yen is not among the purchases that customer knows"
                scene.findings.add("lost", purchase_id, why)
            elif there != amount_jpy:
                why = f"it was sold for {amount_jpy} yen, and customer has {there} yen"
                scene.findings.add("unbalanced", purchase_id, why)
        bought_jpy = sum(messages.values())
        kept_jpy = kept.get(purchase_id)
        if kept_jpy is None or (len(messages) > 1 and purchase_id in scene.told.purchase_returns):
            continue
        if not 0 <= kept_jpy <= bought_jpy:
            why = f"customer says that {kept_jpy} yen of it were kept, and {bought_jpy} yen were paid"
            scene.findings.add("unbalanced", purchase_id, why)
        elif purchase_id not in scene.told.purchase_returns and kept_jpy != bought_jpy and len(messages) == 1:
            why = f"nothing of it came back, {bought_jpy} yen were paid, and customer says that {kept_jpy} were kept"
            scene.findings.add("unbalanced", purchase_id, why)
    for (purchase_id, message), amount_jpy in booked.items():
        why = f"customer has {amount_jpy} yen of it from {message}, which no topic has"
        scene.findings.add("unbalanced", purchase_id, why)


async def check_credits(scene: Scene) -> None:
    """Lost, doubled, unbalanced: every sale is credited once, and its credits add up to what was kept of it."""
    database = scene.databases["insight"]
    rows = {row["sale_id"]: row for row in await database.fetch("sales")}
    credits = {row["sale_id"]: row["amount_jpy"] for row in await database.fetch("credits")}
    documents = {(row["sale_id"], row["document_id"]) for row in await database.fetch("documents")}
    scene.findings.count("sales", len(rows))
    doubled: set[str] = set()
    for row in await database.fetch("credited_twice"):
        doubled.add(row["sale_id"])
        who = f"{row['party_kind']} {row['party_id']}"
        why = f"{who} is credited {row['number']} times as {row['role']} for {row['document_id']}"
        scene.findings.add("doubled", row["sale_id"], why)
    lost: set[str] = set()
    for sale_id, sale in scene.told.sales.items():
        for document_id in (*sale.sold, *sale.returned):
            if (sale_id, document_id) not in documents:
                lost.add(sale_id)
                scene.findings.add("lost", sale_id, f"insight has never heard of {document_id}")
    for sale_id, row in rows.items():
        if sale_id in doubled or sale_id in lost:
            continue
        credited = credits.get(sale_id, 0)
        kept = row["sold_jpy"] - row["returned_jpy"]
        if credited != kept:
            why = f"its credits add up to {credited} yen, and {kept} yen were sold and kept"
            scene.findings.add("unbalanced", sale_id, why)
        else:
            _check_sale(scene, sale_id, scene.told.sales.get(sale_id, Sale()), row["sold_jpy"], credited)


def _check_sale(scene: Scene, sale_id: str, sale: Sale, sold_jpy: int, credited_jpy: int) -> None:
    told_jpy = sum(sale.sold.values())
    kinds = {document_id.partition(":")[0] for document_id in sale.sold}
    if sold_jpy > told_jpy or (len(kinds) == 1 and sold_jpy != told_jpy):
        # Documents of two kinds may tell of the same pieces: then they count once.
        why = f"insight has it as sold for {sold_jpy} yen, and {told_jpy} yen were sold"
        scene.findings.add("unbalanced", sale_id, why)
        return
    if sale.voided and credited_jpy:
        scene.findings.add("unbalanced", sale_id, f"it was voided, and {credited_jpy} yen of it are credited")
        return
    if sale.voided or None in sale.returned.values():
        return
    back_jpy = sum(amount for amount in sale.returned.values() if amount is not None)
    least = max(0, sold_jpy - back_jpy)
    if credited_jpy < least or (not sale.returned and credited_jpy != sold_jpy):
        why = f"{sold_jpy} yen were sold, {back_jpy} yen came back, and {credited_jpy} yen are credited"
        scene.findings.add("unbalanced", sale_id, why)

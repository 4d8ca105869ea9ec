"""The daily journal: every document's yen are in it once, and a closed day says what is booked on it."""

from collections import Counter, defaultdict

from audit.scene import Scene


async def check_entries(scene: Scene) -> None:
    """Lost and unbalanced: the journal has of each document the yen of its lines, whatever their rates."""
    rows = await scene.databases["insight"].fetch("journal")
    entered = {(row["document_id"], row["kind"]): row["amount_jpy"] for row in rows}
    scene.findings.count("journal_documents", len(entered))
    for paper, told_jpy in scene.told.money.items():
        document_id, kind = paper
        there = entered.pop(paper, None)
        if there is None:
            why = f"the journal has nothing of this {kind}, which is of {told_jpy} yen"
            scene.findings.add("lost", document_id, why)
        elif there != told_jpy:
            why = f"the journal has {there} yen of this {kind}, and its lines are of {told_jpy} yen"
            scene.findings.add("unbalanced", document_id, why)
    for (document_id, kind), there in entered.items():
        why = f"the journal has {there} yen of a {kind} that no topic has"
        scene.findings.add("unbalanced", document_id, why)


async def check_days(scene: Scene) -> None:
    """Lost and unbalanced: each closed day was told, with the yen that are booked on it by kind, and no other was."""
    database = scene.databases["insight"]
    told = scene.told.states["insight.journal"]
    entries: Counter[str] = Counter()
    yen: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await database.fetch("journal_days"):
        entries[row["journal_id"]] += row["entries"]
        if row["kind"] is not None:
            yen[row["journal_id"]][row["kind"]] = row["amount_jpy"]
    scene.findings.count("journal_days", len(entries))
    for journal_id, number in entries.items():
        state = told.get(journal_id)
        booked = tuple(sorted(yen[journal_id].items()))
        if state is None:
            scene.findings.add("lost", journal_id, "the day is closed, and insight.journal has nothing of it")
        elif state[1:] != (number, booked):
            why = f"insight.journal was told {state[1]} entries of {state[2]}, and {number} of {booked} are booked"
            scene.findings.add("unbalanced", journal_id, why)
    for journal_id in told.keys() - entries.keys():
        scene.findings.add(
            "lost", journal_id, "insight.journal has it, and insight's database has not closed it"
        )
    for row in await database.fetch("booked_on_no_day"):
        why = f"it is booked at {row['place']} on {row['booked_on']}, which is not closed"
        scene.findings.add("unbalanced", row["document_id"], why)

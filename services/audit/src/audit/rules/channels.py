"""What goes out to sites that join as they are: of what each is told, it is told all, in order."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from audit.databases import Database, Row
from audit.scene import Scene
from audit.tables import News
from tsunagu.contracts.message import Message

_Way = tuple[str, str]
"""Channel, and how it is told: webhook or file."""


async def check_outgoing(scene: Scene) -> None:
    """Lost: what should have gone out and did not, what overtook another, an event that a site was not told of."""
    for database in scene.databases.all():
        for schema in database.schemas:
            if await database.has(schema, "outgoing"):
                await _check(scene, database, schema)


async def _check(scene: Scene, database: Database, schema: str) -> None:
    rows = await database.fetch_in(schema, "channels", "outgoing")
    scene.findings.count("outgoing", len(rows))
    scene.findings.count("outgoing_given_up", sum(row["state"] == "given_up" for row in rows))
    _check_waiting(scene, rows)
    orders = await database.fetch_in(schema, "channels", "channel_orders")
    kept = await database.fetch_in(schema, "channels", "kept_since", scene.settings.outgoing_kept_days)
    channels = {row["order_id"]: row["channel"] for row in orders}
    _check_told(scene, database.process(schema), rows, channels, kept[0]["kept_since"])


def _check_waiting(scene: Scene, rows: Sequence[Row]) -> None:
    waiting: dict[tuple[str, str, str], str] = {}
    for row in rows:
        place = (row["channel"], row["way"], row["subject"])
        where = f"to {row['channel']} by {row['way']}"
        if row["state"] == "waiting":
            waiting.setdefault(place, row["name"])
            if row["late_seconds"] > scene.settings.outgoing_seconds_max:
                late = round(row["late_seconds"])
                scene.findings.add(
                    "lost", row["subject"], f"{row['name']} should have gone {where} {late} s ago"
                )
        elif row["state"] == "sent" and place in waiting:
            why = f"{row['name']} has gone {where}, and {waiting[place]}, which comes first, has not"
            scene.findings.add("lost", row["subject"], why)


def _check_told(
    scene: Scene,
    process: str,
    rows: Sequence[Row],
    channels: Mapping[str, str],
    kept_since: datetime,
) -> None:
    """Whoever is told of a kind of event by a way is told of each, from the first that it was told of to the last.

    Which kinds a site wants stands in its process's own file; here it shows in what it was told.
    """
    told: dict[_Way, set[str]] = defaultdict(set)
    for row in rows:
        told[row["channel"], row["way"]].add(row["message_id"])
    for way, message_ids in told.items():
        mine: list[tuple[str, News]] = [
            (order_id, each)
            for order_id, channel in channels.items()
            if channel == way[0] and not scene.told.is_doubled(order_id)
            for each in scene.told.news.get(order_id, ())
            if each.channel in (None, channel)
        ]
        span: dict[type[Message], tuple[datetime, datetime]] = {}
        for _, each in mine:
            if each.message_id in message_ids:
                first, last = span.get(each.kind, (each.at, each.at))
                span[each.kind] = min(first, each.at), max(last, each.at)
        for order_id, each in mine:
            if each.kind not in span or each.message_id in message_ids or each.at < kept_since:
                continue
            first, last = span[each.kind]
            if first <= each.at <= last and not scene.is_dead(process, each.message_id):
                why = f"{way[0]} is told of such events by {way[1]}, and was not told of its {each.kind.__name__}"
                scene.findings.add("lost", order_id, why)

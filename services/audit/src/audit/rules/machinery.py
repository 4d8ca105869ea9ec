"""Outboxes, timers, offsets and dead letters: what the machinery of every process keeps."""

from audit.databases import Database
from audit.scene import Scene


async def read_dead_letters(scene: Scene) -> None:
    """Dead letters: what waits in a process's database. Those dealt with are remembered, for the other rules."""
    for database in scene.databases.all():
        dead = scene.dead.setdefault(database.name, set())
        for schema in database.schemas:
            process = database.process(schema)
            for row in await database.fetch_shared(schema, "dead_letters"):
                scene.dead_places.add((row["topic"], row["partition"], row["log_offset"]))
                if row["state"] != "redriven" and row["message_id"] is not None:
                    dead.add(row["message_id"])
                if row["state"] == "waiting":
                    key = bytes(row["key"] or b"").decode("utf-8", "replace")
                    held = ", and its key is held back" if row["parks_key"] else ""
                    subject = key or f"{row['topic']} {row['partition']}:{row['log_offset']}"
                    reason = f"{row['reason']}, {row['detail']}"
                    why = f"{process} could not handle a record of {row['topic']}{held}: {reason}"
                    scene.findings.add("dead_letters", subject, why)


async def check_published_dead_letters(scene: Scene) -> None:
    """Dead letters: what was published on the dlq topics, unless its row says that it has been dealt with."""
    settled = await _settled(scene)
    for topic, key, why in scene.log.dead_letters:
        place = tuple(why.partition(": ")[0].split(", "))
        if (topic, *place) not in settled:
            scene.findings.add("dead_letters", key, f"a dead letter is on {topic}, from {why}")


async def check_outboxes(scene: Scene) -> None:
    """Lost and dead letters: messages that a service decided to send and Kafka never got."""
    for database in scene.databases.all():
        for schema in database.schemas:
            process = database.process(schema)
            rows = await database.fetch_shared(schema, "outbox_left", scene.settings.outbox_age_seconds_max)
            for row in rows:
                if row["set_aside_reason"] is not None:
                    why = f"{process} set a message for {row['topic']} aside: {row['set_aside_reason']}"
                    scene.findings.add("dead_letters", row["key"], why)
                else:
                    age = round(row["age_seconds"])
                    why = f"{process} has had {row['key']} for {row['topic']} in its outbox for {age} s"
                    scene.findings.add("lost", row["topic"], why)


async def check_due_work(scene: Scene) -> None:
    """Lost: timers and second steps that should have been done."""
    for database in scene.databases.all():
        for schema in database.schemas:
            process = database.process(schema)
            for row in await database.fetch_shared(schema, "overdue", scene.settings.overdue_seconds_max):
                error = f"; its last error: {row['last_error']}" if row["last_error"] else ""
                why = f"{process} should have done {row['kind']} {round(row['late_seconds'])} s ago{error}"
                scene.findings.add("lost", row["key"], why)


async def check_consumed(scene: Scene) -> None:
    """Lost: records of a topic that a process reads and has not read to the end."""
    for database in scene.databases.all():
        for schema in database.schemas:
            process = database.process(schema)
            for row in await database.fetch_shared(schema, "consumed"):
                end = scene.ends.get((row["topic"], row["partition"]))
                if end is not None and row["next_offset"] < end and row["topic"] != "backbone.heartbeat":
                    number = end - row["next_offset"]
                    why = f"{process} has not read the last {number} records of partition {row['partition']}"
                    scene.findings.add("lost", row["topic"], why)


async def check_pending_commands(scene: Scene) -> None:
    """Lost: commands of a channel whose outcome has not come back to it."""
    for database in scene.databases.all():
        for schema in database.schemas:
            if await database.has(schema, "pending_command"):
                await _check_pending(scene, database, schema)


async def _check_pending(scene: Scene, database: Database, schema: str) -> None:
    rows = await database.fetch_shared(schema, "pending_commands", scene.settings.pending_seconds_max)
    for row in rows:
        why = f"{database.process(schema)} still waits for what became of this {row['command_type']}"
        scene.findings.add("lost", row["command_id"], why)


async def _settled(scene: Scene) -> set[tuple[str, ...]]:
    settled: set[tuple[str, ...]] = set()
    for database in scene.databases.all():
        for schema in database.schemas:
            topic = f"dlq.{database.process(schema)}"
            for row in await database.fetch_shared(schema, "dead_letters"):
                if row["state"] != "waiting":
                    settled.add((topic, row["topic"], str(row["partition"]), str(row["log_offset"])))
    return settled


async def was_rebuilt(scene: Scene) -> bool:
    """Whether any service has told everything again to another cluster, which does not have what was before."""
    for database in scene.databases.all():
        for schema in database.schemas:
            if await database.fetch_shared(schema, "rebuilt"):
                return True
    return False

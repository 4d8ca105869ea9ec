"""Records and messages by themselves: ids, bodies, versions, and that every command has its outcome."""

from audit.log import Asked
from audit.outcomes import OUTCOMES
from audit.scene import Scene
from tsunagu.contracts import messages as m

_VERSIONS_SHOWN_MAX = 10  # enough to see what is missing; a list of thousands is no sentence


async def check_ids(scene: Scene) -> None:
    """Doubled: a ce_id that came again with another body. The same body again is a relay's second try."""
    for twice in scene.log.twice:
        why = (
            f"{twice.place.topic} has message {twice.message_id} ({twice.type}) twice, with different bodies"
        )
        scene.findings.add("doubled", twice.key, why)


async def check_unusable(scene: Scene) -> None:
    """Lost: a record that can't be used is in nobody's dead letters, or a forbidden command was not refused."""
    for unusable in scene.log.unusable:
        if tuple(unusable.place) in scene.dead_places:
            continue
        topic, partition, offset = unusable.place
        if unusable.is_command:
            answers = scene.log.answers.get(unusable.message_id or "", ())
            if m.CommandRefused not in answers:
                why = f"the command at {topic} {partition}:{offset} is {unusable.reason} and was not refused"
                scene.findings.add("lost", unusable.key, why)
        else:
            why = f"the record at {topic} {partition}:{offset} is {unusable.reason} and in nobody's dead letters"
            scene.findings.add("lost", unusable.key, why)


async def check_commands(scene: Scene) -> None:
    """Lost: a command or fact on a commands topic led to nothing. Doubled: it was answered twice."""
    waiting = await _waiting(scene)
    scene.findings.count("commands", len(scene.log.asked))
    for asked in scene.log.asked.values():
        if waiting.isdisjoint(asked.message_ids):
            _check_command(scene, asked)


def _check_command(scene: Scene, asked: Asked) -> None:
    owner = asked.topic.name.partition(".")[0]
    answers = [kind for message_id in asked.message_ids for kind in scene.log.answers.get(message_id, ())]
    refused, accepted = answers.count(m.CommandRefused), answers.count(m.CommandAccepted)
    led_to = {kind for kind in answers if kind in OUTCOMES.get(asked.type, ())}
    name = asked.type.__name__
    subject = asked.key if asked.identity == asked.key else f"{asked.key} ({asked.identity})"
    if not refused and not accepted and not led_to:
        if not any(scene.is_dead(owner, message_id) for message_id in asked.message_ids):
            scene.findings.add("lost", subject, f"{owner} has never answered this {name}")
    elif refused + accepted > 1:
        why = f"{owner} has refused or accepted this {name} {refused + accepted} times"
        scene.findings.add("doubled", subject, why)
    elif refused and led_to:
        kinds = ", ".join(sorted(kind.__name__ for kind in led_to))
        scene.findings.add(
            "doubled", subject, f"{owner} has refused this {name} and said {kinds} all the same"
        )


async def _waiting(scene: Scene) -> set[str]:
    """ce_ids of facts that wait for what they are about, as the contracts let them."""
    waiting: set[str] = set()
    if "pickup" in scene.databases:
        waiting |= {row["message_id"] for row in await scene.databases["pickup"].fetch("waiting_facts")}
    if "order" in scene.databases:
        returns = {row["return_id"] for row in await scene.databases["order"].fetch("waiting_returns")}
        for asked in scene.log.asked.values():
            if asked.type is m.ReturnItems and asked.identity in returns:
                waiting.update(asked.message_ids)
    return waiting


async def check_versions(scene: Scene) -> None:
    """Doubled: an aggregate's version twice. Lost: one that is missing between 1 and what its database says."""
    known = await _versions_in_databases(scene)
    for topic, service in _EVENTS.items():
        state = _STATE_COUNTS_TOO.get(topic)
        beside = scene.told.versions.get(state, {}) if state is not None else {}
        for aggregate, versions in scene.told.versions.get(topic, {}).items():
            for version, number in versions.items():
                if number > 1:
                    why = f"{topic} has version {version} of it {number} times"
                    scene.findings.add("doubled", aggregate, why)
        if service not in known:
            continue
        for aggregate in {*scene.told.versions.get(topic, {}), *known[service]}:
            told = {*scene.told.versions.get(topic, {}).get(aggregate, ()), *beside.get(aggregate, ())}
            last = known[service].get(aggregate, max(told, default=0))
            first = 1
            if state is not None and scene.was_rebuilt:
                # A version without an event was in a state that is not told again: before the first nothing is missed.
                first = min(beside.get(aggregate, ()), default=last + 1)
            _check_gap(scene, topic, aggregate, told, first, last)


def _check_gap(scene: Scene, topic: str, aggregate: str, told: set[int], first: int, last: int) -> None:
    missing = [version for version in range(first, last + 1) if version not in told]
    if missing:
        shown = ", ".join(map(str, missing[:_VERSIONS_SHOWN_MAX]))
        more = f" and {len(missing) - _VERSIONS_SHOWN_MAX} more" if len(missing) > _VERSIONS_SHOWN_MAX else ""
        scene.findings.add("lost", aggregate, f"version {shown}{more} of it never came to {topic}")
    beyond = max(told, default=0)
    if beyond > last:
        why = f"{topic} has version {beyond} of it, and its service's database has {last}"
        scene.findings.add("lost", aggregate, why)


_EVENTS = {
    "order.events": "order",
    "inventory.events": "inventory",
    "pickup.events": "pickup",
    "customer.events": "customer",
    "insight.events": "insight",
}

_STATE_COUNTS_TOO = {"order.events": "order.state", "customer.events": "customer.profiles"}
"""Of these the version counts every change; one without an event shows in the state only."""


async def _versions_in_databases(scene: Scene) -> dict[str, dict[str, int]]:
    """Service → aggregate → the version that its database has."""
    known: dict[str, dict[str, int]] = {}
    databases = scene.databases
    if "order" in databases:
        known["order"] = {row["order_id"]: row["version"] for row in await databases["order"].fetch("orders")}
    if "inventory" in databases:
        known["inventory"] = {
            row["order_id"]: row["version"] for row in await databases["inventory"].fetch("orders")
        }
        for row in await databases["inventory"].fetch("holds"):
            known["inventory"][f"hold {row['hold_id']}"] = row["version"]
    if "pickup" in databases:
        known["pickup"] = {row["work_id"]: row["version"] for row in await databases["pickup"].fetch("works")}
    if "customer" in databases:
        known["customer"] = {
            row["customer_id"]: row["version"] for row in await databases["customer"].fetch("customers")
        }
    return known

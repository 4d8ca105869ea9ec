"""The audit from beginning to end. Start reading here: the rules are listed below, each with what it needs."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from audit.databases import Databases, wait_for_quiet
from audit.log import Log
from audit.replay import replay
from audit.report import Findings, Report
from audit.rules import (
    channels,
    figures,
    goods,
    identities,
    incoming,
    journal,
    links,
    machinery,
    messages,
    money,
    notices,
    orders,
    promises,
    shipments,
    states,
    stock,
    unmatched,
    waves,
)
from audit.scene import Scene
from audit.settings import AuditSettings, audit_settings
from audit.tables import Told
from audit.telling import forget, tell

Rule = Callable[[Scene], Awaitable[None]]

NEED_NO_HISTORY: frozenset[Rule] = frozenset(
    {
        machinery.read_dead_letters,
        machinery.check_published_dead_letters,
        machinery.check_outboxes,
        machinery.check_due_work,
        machinery.check_consumed,
        machinery.check_pending_commands,
        messages.check_ids,
        messages.check_unusable,
        stock.check_claims,
        states.check_availability,
        states.check_inventory_tasks,
        states.check_order_tasks,
        states.check_orders,
        states.check_pickup,
        shipments.check_shares,
        shipments.check_shipments,
        waves.check_waves,
        notices.check_late_notices,
        states.check_customer,
        identities.check_owners,
        states.check_customer_tasks,
        states.check_figures,
        journal.check_days,
        money.check_amounts,
    }
)
"""Rules that hold a message against itself, or state topics against databases. All others add up what happened, which
topics that were told again after Kafka was gone hold in part only."""

RULES: tuple[tuple[Rule, frozenset[str]], ...] = (
    # Dead letters first: what waits there is found once, and nothing is expected to have followed from it.
    (machinery.read_dead_letters, frozenset()),
    (machinery.check_published_dead_letters, frozenset()),
    (machinery.check_outboxes, frozenset()),
    (machinery.check_due_work, frozenset()),
    (machinery.check_consumed, frozenset()),
    (machinery.check_pending_commands, frozenset()),
    (messages.check_ids, frozenset()),
    (messages.check_unusable, frozenset()),
    (messages.check_commands, frozenset()),
    (messages.check_versions, frozenset()),
    # Stock before what rests on it: a row about which something was found is not judged again.
    (stock.check_stock, frozenset({"inventory"})),
    (promises.check_promises, frozenset({"inventory"})),
    (promises.check_at_rest, frozenset({"inventory"})),
    (stock.check_claims, frozenset({"inventory"})),
    (stock.check_transit, frozenset({"inventory"})),
    (incoming.check_deliveries, frozenset({"inventory"})),
    (incoming.check_incoming, frozenset({"inventory"})),
    (promises.check_allocations, frozenset({"inventory"})),
    (states.check_availability, frozenset({"inventory"})),
    (states.check_inventory_tasks, frozenset({"inventory"})),
    (orders.check_chain, frozenset()),
    (orders.check_orders, frozenset({"order"})),
    (orders.check_handed_over, frozenset({"order", "pickup"})),
    (orders.check_issued, frozenset({"inventory"})),
    (states.check_orders, frozenset({"order"})),
    (states.check_order_tasks, frozenset({"order"})),
    (links.check_links, frozenset({"order"})),
    (goods.check_goods, frozenset({"pickup"})),
    (states.check_pickup, frozenset({"pickup"})),
    (waves.check_waves, frozenset({"pickup"})),
    (unmatched.check_unmatched, frozenset()),
    (unmatched.check_discrepancies, frozenset({"inventory"})),
    (shipments.check_shares, frozenset()),
    (shipments.check_costs, frozenset()),
    (shipments.check_shipments, frozenset({"pickup"})),
    (money.check_amounts, frozenset()),
    (money.check_purchases, frozenset({"customer"})),
    (states.check_customer, frozenset({"customer"})),
    (identities.check_identities, frozenset({"customer"})),
    (identities.check_owners, frozenset({"customer"})),
    (states.check_customer_tasks, frozenset({"customer"})),
    (notices.check_late_notices, frozenset({"customer"})),
    (notices.check_notices, frozenset({"customer"})),
    (channels.check_outgoing, frozenset()),
    (money.check_credits, frozenset({"insight"})),
    (states.check_figures, frozenset({"insight"})),
    (journal.check_entries, frozenset({"insight"})),
    (journal.check_days, frozenset({"insight"})),
    (figures.check_totals, frozenset({"insight"})),
)
"""Every rule with the databases that it needs, in the order in which they run."""


async def audit(kafka: str, databases: Mapping[str, str], settings: AuditSettings | None = None) -> Report:
    """Audit a system at rest. `kafka`: bootstrap servers. `databases`: database or service → URL of a reading role.

    Waits until the outboxes are empty, replays every topic, then reads every database once and writes nothing.
    A rule whose databases are not given is passed over and counted as `rules_passed_over`, and so is one that needs the
    whole history where a service was rebuilt (docs/rebuild.md). Raises IncompleteTopics
    where the topics do not hold all that an audit needs, OSError or KafkaError where a server can't be reached.
    """
    settings = settings or audit_settings()
    await wait_for_quiet(databases, settings)
    told, findings = Told(), Findings()
    log = Log(told=partial(tell, told), deleted=partial(forget, told))
    ends = await replay(kafka, log.take, settings)
    findings.count("records", log.records)
    async with Databases(databases) as opened:
        return await judge(Scene(log, told, ends, opened, findings, settings))


async def judge(scene: Scene) -> Report:
    """Hold what a scene's topics say against its databases, by every rule that what they hold is enough for."""
    scene.was_rebuilt = await machinery.was_rebuilt(scene)
    is_whole = scene.settings.rebuilt_log_is_whole or not scene.was_rebuilt
    for rule, needs in RULES:
        has_all = all(name in scene.databases for name in needs)
        if has_all and (is_whole or rule in NEED_NO_HISTORY):
            await rule(scene)
            scene.findings.count("rules", 1)
        else:
            scene.findings.count("rules_passed_over", 1)
    return scene.findings.report()

"""`reconcile` finds nothing after a day through the real services, and each planted drift of one unit by its key."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio
from asyncpg import ReadOnlySQLTransactionError

from audit.databases import Databases
from audit.reconcile.app import look_twice
from audit.reconcile.drift_table import read_drifts
from audit.reconcile.followed_topic import CouldNotLook
from audit.reconcile.looking import Looked, Looking
from audit.reconcile.process import Check, build_app
from audit.reconcile.settings import ReconcileSettings
from audit.reconcile.telling import said
from tsunagu.contracts import messages as m
from tsunagu.testing.plugin import NewDatabase

from .conftest import RunDay, World
from .day import BROKEN, CUP, GINZA, PICKED_UP, SCARF, play
from .test_audit_goes_red import decoded, latest, with_again

pytestmark = [pytest.mark.journey]

NOTHING_MOVES = ReconcileSettings(drift_grace_seconds=0)
SCARF_IN_GINZA = "WHERE location_id = 'ginza' AND sku = 'scarf'"
CUP_IN_GINZA = "WHERE location_id = 'ginza' AND sku = 'cup'"
SCARVES, CUPS = f"{GINZA}:{SCARF}", f"{GINZA}:{CUP}"
MORE_STAGED = f"""
INSERT INTO allocation (order_id, allocation_id, state, place_id, line_id, sku, location_id, quantity)
VALUES ('{BROKEN}', 'planted', 'staged', 'ginza', 'line-scarf', 'scarf', 'ginza', 1)
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(run_day: RunDay) -> World:
    return await run_day(play)


async def reconcile(
    kafka: str, databases: dict[str, str], settings: ReconcileSettings = NOTHING_MOVES
) -> Looked:
    looking = Looking(kafka, databases, settings)
    try:
        return await look_twice(looking, settings.drift_grace_seconds)
    finally:
        await looking.close()


def in_words(looked: Looked) -> str:
    return "\n".join(
        f"{drift.kind} {drift.subject}: {said(drift.now.source)} | {said(drift.now.copy)}"
        for drift in looked.drifts
    )


async def test_reconcile__a_day_without_a_fault__shows_no_drift(world: World) -> None:
    looked = await reconcile(world.kafka, dict(world.databases))
    assert not looked.drifts, in_words(looked)
    assert looked.keys > 0


@pytest.mark.parametrize(
    ("database", "statement", "kinds", "key"),
    [
        ("inventory", f"UPDATE stock SET on_hand = on_hand + 1, safety = safety + 1 {CUP_IN_GINZA}", {"ledger"}, CUPS),
        ("inventory", f"UPDATE stock SET staged = staged + 1 {CUP_IN_GINZA}", {"ledger", "availability"}, CUPS),
        (
            "inventory",
            f"UPDATE stock SET reserved = reserved + 1, withheld = withheld - 1 {SCARF_IN_GINZA}",
            {"reserved"},
            SCARVES,
        ),
        ("inventory", f"UPDATE stock SET safety = safety + 1 {CUP_IN_GINZA}", {"availability"}, CUPS),
        (
            "order",
            f"UPDATE order_line SET quantity = quantity + 1 WHERE order_id = '{BROKEN}'",
            {"order_stock", "order_pickup"},
            BROKEN,
        ),
        ("inventory", MORE_STAGED, {"order_stock"}, BROKEN),
        (
            "pickup",
            f"UPDATE work_line SET by_code = by_code + 1 WHERE work_id = '{PICKED_UP}' AND sku = 'cup'",
            {"order_pickup"},
            PICKED_UP,
        ),
        (
            "pickup",
            f"UPDATE work_line SET quantity = quantity + 1 WHERE work_id = '{BROKEN}'",
            {"order_pickup"},
            BROKEN,
        ),
        ("edge-shopper", f"UPDATE stock_band SET version = version - 1 {CUP_IN_GINZA}", {"copy_edge_shopper"}, CUPS),
        # Whatever limit was drawn for it, of what is there there is not none.
        ("edge-shopper", f"UPDATE stock_band SET band = 'none' {CUP_IN_GINZA}", {"copy_edge_shopper"}, CUPS),
        ("edge-shopper", f"DELETE FROM stock_band {CUP_IN_GINZA}", {"copy_edge_shopper"}, CUPS),
    ],
)  # fmt: skip
async def test_reconcile__one_unit_was_tampered_with__names_the_kind_the_key_and_the_first_moment(
    world: World, database: str, statement: str, kinds: set[str], key: str
) -> None:
    began = datetime.now(UTC)
    async with world.tampered(database, statement) as databases:
        looked = await reconcile(world.kafka, databases)
    assert {drift.kind for drift in looked.drifts} == kinds, in_words(looked)
    assert {drift.subject for drift in looked.drifts} == {key}
    for drift in looked.drifts:
        assert began <= drift.since <= datetime.now(UTC)
        assert drift.cause is not None
        assert drift.cause.message_id
        assert drift.cause.at > began - timedelta(hours=1)


async def test_reconcile__the_topic_tells_one_piece_more__names_the_row_the_record_and_what_follows_from_it(
    world: World,
) -> None:
    topic = "inventory.availability"
    last = latest(topic, world.log[topic], m.Availability, CUPS)
    told = decoded(topic, last).message
    change = with_again(
        topic, m.Availability, CUPS, new_id=True, version=told.version + 1, available=told.available + 1
    )
    records, extra = change(world.log[topic])
    async with world.retold(topic, records, extra):
        looked = await reconcile(world.kafka, dict(world.databases))
    found = {drift.kind: drift for drift in looked.drifts}
    assert set(found) == {"availability", "copy_edge_shopper"}, in_words(looked)
    drift = found["availability"]
    assert drift.subject == CUPS
    assert (drift.now.source.value, drift.now.copy.value) == ((told.available,), (told.available + 1,))
    (planted,) = extra
    assert drift.cause is not None
    assert drift.cause.topic == topic
    assert drift.cause.message_id == (dict(planted.headers)["ce_id"] or b"").decode()


async def test_reconcile__the_topic_never_told_of_a_row__names_it(world: World) -> None:
    topic = "inventory.availability"
    records = [record for record in world.log[topic] if record.key != CUPS.encode()]
    async with world.retold(topic, records):
        looked = await reconcile(world.kafka, dict(world.databases))
    assert {(drift.kind, drift.subject) for drift in looked.drifts} == {
        ("availability", CUPS),
        ("copy_edge_shopper", CUPS),
    }
    assert all(drift.cause is None for drift in looked.drifts)


async def test_reconcile__a_few_keys_a_page_and_a_look__compares_all_of_them_all_the_same(
    world: World,
) -> None:
    small = ReconcileSettings(drift_grace_seconds=0, page_keys_max=2, keys_per_look_max=3)
    statement = f"UPDATE stock SET on_hand = on_hand + 1, safety = safety + 1 {CUP_IN_GINZA}"
    async with world.tampered("inventory", statement) as databases:
        looked = await reconcile(world.kafka, databases, small)
        whole = await reconcile(world.kafka, databases)
    assert in_words(looked) == in_words(whole) != ""
    assert looked.keys >= whole.keys


async def test_reconcile__more_keys_than_memory_is_meant_for__says_so_and_what_to_do(world: World) -> None:
    with pytest.raises(CouldNotLook, match="TSUNAGU_RECONCILE_TOPIC_KEYS_MAX"):
        await reconcile(world.kafka, dict(world.databases), ReconcileSettings(topic_keys_max=2))


async def test_reconcile__a_service_has_never_run__is_passed_over(
    world: World, new_database: NewDatabase
) -> None:
    databases = {**world.databases, "pickup": await new_database(None)}
    looking = Looking(world.kafka, databases, NOTHING_MOVES)
    try:
        looked = await look_twice(looking, 0)
    finally:
        await looking.close()
    assert not looked.drifts, in_words(looked)
    assert "order_stock" in looking.kinds
    assert "order_pickup" not in looking.kinds


async def test_reconcile__reads_only(world: World) -> None:
    async with Databases(world.databases, Looking(world.kafka, {}, NOTHING_MOVES).session()) as databases:
        with pytest.raises(ReadOnlySQLTransactionError):
            await databases["inventory"].fetch_in("public", "drifts", "make")


async def test_check__a_drift__is_told_on_the_port_and_keeps_its_first_moment_over_a_restart(
    world: World, database: str
) -> None:
    statement = f"UPDATE stock SET on_hand = on_hand + 1, safety = safety + 1 {CUP_IN_GINZA}"
    async with world.tampered("inventory", statement) as databases:
        check = Check(world.kafka, databases, database, NOTHING_MOVES)
        port = httpx.AsyncClient(transport=httpx.ASGITransport(build_app(check)), base_url="http://audit")
        async with port:
            assert (await port.get("/readyz")).status_code == 503
            await check.look()
            await check.look()
            assert (await port.get("/readyz")).status_code == 200
            (told,) = (await port.get("/drifts")).json()["drifts"]
            assert (told["kind"], told["key"]) == ("ledger", CUPS)
            figures = (await port.get("/metrics")).text
            assert 'tsunagu_reconcile_drifts{kind="ledger"} 1.0' in figures
            assert 'tsunagu_reconcile_drifts{kind="availability"} 0.0' in figures
        await check.looking.close()
        again = Check(world.kafka, databases, database, NOTHING_MOVES)
        await again.look()
        await again.looking.close()
        assert again.looked is not None
        assert [drift.since.isoformat() for drift in again.looked.drifts] == [told["since"]]
    healed = Check(world.kafka, world.databases, database, NOTHING_MOVES)
    await healed.look()
    await healed.looking.close()
    assert healed.looked is not None
    assert [drift.subject for drift in healed.looked.ended] == [CUPS]
    assert await read_drifts(database) == []


async def test_check__a_database_is_away__is_not_ready_and_says_why(world: World, database: str) -> None:
    away = {**world.databases, "order": "postgresql://nobody@127.0.0.1:1/nothing"}
    check = Check(world.kafka, away, database, NOTHING_MOVES)
    await check.look()
    await check.looking.close()
    (reason,) = check.not_ready_because
    assert "a server could not be read" in reason

"""Every query fits its migrated database, and tables that processes share are the same in each."""

import importlib
from pathlib import Path
from typing import Any

import pytest

import edge
from tsunagu.chassis import Queries
from tsunagu.chassis.settings import ChassisSettings

ROOT = Path(edge.__file__).parent
QUERIES = {
    "partner": ["orders/queries.sql", "pending_commands.sql", "product_copy.sql", "stock_copy.sql"],
    "shopper": [
        "orders/queries.sql",
        "stock_copy.sql",
        "product_copy.sql",
        "pending_commands.sql",
        "shopper/buying/queries.sql",
        "shopper/catalogue/queries.sql",
        "shopper/histories/queries.sql",
        "shopper/order_links/queries.sql",
    ],
    "staff": [
        "staff/queries.sql",
        "staff/locations.sql",
        "staff/waiting.sql",
        "pending_commands.sql",
        "product_copy.sql",
        "kpi_copy.sql",
        "signing_in/queries.sql",
    ],
    "board": [
        "board/queries.sql",
        "board/operating/queries.sql",
        "kpi_copy.sql",
        "pending_commands.sql",
        "signing_in/queries.sql",
    ],
    "channels": [
        "channels/queries.sql",
        "channels/outbound/queries.sql",
        "channels/files_in/queries.sql",
        "channels/availability/queries.sql",
        "channels/comparing/queries.sql",
        "pending_commands.sql",
    ],
}


@pytest.mark.component
@pytest.mark.parametrize("process", QUERIES)
async def test_queries__each_can_be_prepared(open_door: Any, process: str) -> None:
    async with open_door(process) as door:
        for file in QUERIES[process]:
            for text in Queries(ROOT / file).all().values():
                await door.service.connection.prepare(text)


def test_queries__every_file_is_checked() -> None:
    files = {str(path.relative_to(ROOT)) for path in ROOT.rglob("*.sql") if path.parent.name != "migrations"}
    assert files == {file for files in QUERIES.values() for file in files}


@pytest.mark.parametrize(
    "table_file", ["pending_commands", "product_copy", "stock_copy", "orders", "kpis", "web_sessions"]
)
def test_migrations__tables_that_processes_share__are_declared_alike(table_file: str) -> None:
    texts = {path.read_text() for path in ROOT.glob(f"*/migrations/*_{table_file}.sql")}
    assert len(texts) == 1


def test_shopper__reads_of_people_what_they_ask_for_and_of_orders_what_guests_and_links_need() -> None:
    service = importlib.import_module("edge.shopper.app").SERVICE
    read = {subscription.topic.name for subscription in service.subscriptions}
    of_stock = {"network.locations", "catalog.products", "inventory.availability", "inventory.feeds"}
    of_orders = {"order.links", "order.state", "order.events", "pickup.events", "pickup.codes"}
    of_people = {"customer.histories"}
    of_operators = {"backbone.commands", "backbone.heartbeat"}
    assert read == of_stock | of_orders | of_people | of_operators


def test_settings__each_process_has_its_own_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSUNAGU_EDGE_STAFF_BODY_BYTES_MAX", "5000")
    limits = {
        process: importlib.import_module(f"edge.{process}.settings").Settings().body_bytes_max
        for process in QUERIES
    }
    assert limits == {process: 5_000 if process == "staff" else 262_144 for process in QUERIES}


@pytest.mark.component
async def test_processes__share_a_database_in_schemas_of_their_own(database: str) -> None:
    from tsunagu.chassis.database import connect
    from tsunagu.chassis.migrating import migrate

    for process in ("partner", "staff", "board", "channels"):
        settings = ChassisSettings(database_url=database, database_schema=f"tsunagu_edge_{process}")
        connection = await connect(settings, "tests")
        try:
            await migrate(connection, settings.database_schema, ROOT / process / "migrations")
            assert await connection.fetchval("SELECT count(*) FROM pending_command") == 0
        finally:
            await connection.close()

"""One started system for all stories, and everybody outside it."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from tests.journeys.stories.ec_site import EC_SECRETS, EcSite
from tests.journeys.stories.network import (
    AREA,
    HURRIED,
    REMINDING,
    REMINDING_WINDOW_HOURS,
    STORES,
    master_data,
)
from tests.journeys.stories.outside import Outside

from tsunagu.cli.demo.services import Services
from tsunagu.stack.services import installed_services
from tsunagu.stack.system import System
from tsunagu.testing.mail_server import mail_server
from tsunagu.testing.trace_receiver import TraceReceiver, trace_receiver

PARTS = {
    "inventory",
    "order",
    "pickup",
    "customer",
    "insight",
    "edge-partner",
    "edge-staff",
    "edge-channels",
    "edge-shopper",
}

SECONDS = 1 / 60
NO_SHOW_SECONDS = 4.0
REMINDER_SECONDS = 3.0
"""After goods are ready at REMINDING."""

ENVIRONMENT = {
    "TSUNAGU_PICKUP_PICKUP_WINDOW_SECONDS": str(NO_SHOW_SECONDS),
    # Else goods that are ready at night would wait until the store closes on the next day.
    "TSUNAGU_PICKUP_PICKUP_WINDOW_ENDS_OPEN": "false",
    "TSUNAGU_PICKUP_UNMATCHED_WORK_MINUTES": str(2 * SECONDS),
    "TSUNAGU_PICKUP_SHIPMENT_INTERVAL_SECONDS": "0.2",
    "TSUNAGU_PICKUP_WAVE_INTERVAL_SECONDS": "0.2",
    "TSUNAGU_PICKUP_ESCALATION_INTERVAL_SECONDS": "0.2",
    "TSUNAGU_INVENTORY_UNREPORTED_TRANSFER_MINUTES": str(2 * SECONDS),
    "TSUNAGU_ORDER_CHOICE_MINUTES": str(2 * SECONDS),
    "TSUNAGU_CUSTOMER_REMINDER_HOURS_BEFORE": str(REMINDING_WINDOW_HOURS - REMINDER_SECONDS / 3600),
    "TSUNAGU_CUSTOMER_NOTICE_POLL_SECONDS": "0.2",
    "TSUNAGU_CUSTOMER_SMTP_HOST": "127.0.0.1",
    "TSUNAGU_CUSTOMER_SMTP_TLS": "none",
    "TSUNAGU_CUSTOMER_MAIL_FROM": "orders@shop.example.jp",
    "TSUNAGU_EDGE_CHANNELS_OUTGOING_POLL_SECONDS": "0.2",
    "TSUNAGU_EDGE_CHANNELS_FILES_POLL_SECONDS": "0.2",
    "TSUNAGU_EDGE_CHANNELS_FILES_OUT_INTERVAL_SECONDS": "1",
    # All guests come from one address here.
    "TSUNAGU_EDGE_SHOPPER_REQUESTS_PER_SECOND": "200",
    "TSUNAGU_EDGE_SHOPPER_REQUESTS_BURST": "1000",
    "TSUNAGU_GAUGES_INTERVAL_SECONDS": "0.2",
    "TSUNAGU_TRACES_SAMPLED_RATIO": "1",
    "TSUNAGU_TRACES_EXPORT_INTERVAL_SECONDS": "0.2",
    **EC_SECRETS,
}
"""What is hours in a store is seconds here; none of these times is one that a story has to keep."""


def _digests(keys: dict[str, str]) -> str:
    """API keys as an edge process is told them: their hashes, and whose they are."""
    return json.dumps({hashlib.sha256(key.encode()).hexdigest(): holder for holder, key in keys.items()})


@pytest.fixture(scope="session")
def carrier_key() -> str:
    """The key with which the own truck run reports."""
    return secrets.token_urlsafe(32)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ec_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EcSite]:
    """An EC site that joins by webhooks and by files."""
    async with EcSite(tmp_path_factory.mktemp("ec-site")).listening() as site:
        yield site


@pytest.fixture(scope="session")
def collector() -> Iterator[TraceReceiver]:
    """To whom all services tell their traces."""
    with trace_receiver() as receiver:
        yield receiver


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def outside(
    tmp_path_factory: pytest.TempPathFactory, carrier_key: str, ec_site: EcSite, collector: TraceReceiver
) -> AsyncIterator[Outside]:
    """Everybody outside a system that runs; when all stories are over, nothing more may have been said of them."""
    staff_keys = {store: secrets.token_urlsafe(32) for store in (*STORES, HURRIED, REMINDING)}
    owner_keys = {owner: secrets.token_urlsafe(32) for owner in (f"area:{AREA}",)}
    async with mail_server() as mail:
        system = System(
            tmp_path_factory.mktemp("stories") / "home",
            [service for service in installed_services() if service.name in PARTS],
            environment={
                **ENVIRONMENT,
                "TSUNAGU_TRACES_ENDPOINT": collector.endpoint,
                "TSUNAGU_CUSTOMER_SMTP_PORT": str(mail.port),
                "TSUNAGU_EDGE_CHANNELS_FILE": str(ec_site.channels_file),
                "TSUNAGU_EDGE_STAFF_API_KEYS": _digests(staff_keys),
                "TSUNAGU_EDGE_STAFF_OWNER_KEYS": _digests(owner_keys),
                "TSUNAGU_CUSTOMER_DESK_KEYS": _digests(staff_keys),
                "TSUNAGU_EDGE_PARTNER_CARRIER_KEYS": _digests({"own-truck": carrier_key}),
            },
        )
        addresses = await system.start()
        services = Services(addresses.operator)
        watching = [asyncio.create_task(system.watch()), asyncio.create_task(services.run())]
        try:
            ec_site.url = addresses.http["edge-channels"]
            everybody = Outside(addresses, mail, {**staff_keys, **owner_keys})
            async with everybody.listening():
                await everybody.send(*master_data())
                await at_rest(services)
                yield everybody
                await at_rest(services)
                everybody.assert_nothing_was_added()
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            await system.stop()


async def at_rest(services: Services) -> None:
    """Wait until every service has handled all it knows of, twice: what one has just said another may not have."""
    quiet = 0
    while quiet < 2:
        await services.next_round()
        quiet = quiet + 1 if services.are_idle else 0

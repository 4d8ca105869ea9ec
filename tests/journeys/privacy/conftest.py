"""A system of its own for one person: what is searched for is nobody else's."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio
from tests.journeys.stories.conftest import ENVIRONMENT, at_rest
from tests.journeys.stories.ec_site import EcSite
from tests.journeys.stories.network import STORES, master_data
from tests.journeys.stories.outside import Outside

from tsunagu.cli.demo.services import Services
from tsunagu.stack.addresses import Addresses
from tsunagu.stack.services import installed_services
from tsunagu.stack.system import System
from tsunagu.testing.mail_server import mail_server
from tsunagu.testing.trace_receiver import TraceReceiver, trace_receiver

CHANNEL_KEY = secrets.token_urlsafe(32)
"""Of a channel that places its orders through edge-partner."""

OPEN_STORES = STORES[:4]


@dataclass(frozen=True)
class World:
    """A system that runs, and everybody outside it."""

    addresses: Addresses
    outside: Outside
    ec_site: EcSite
    home: Path
    services: Services
    collector: TraceReceiver

    async def at_rest(self) -> None:
        """Wait until nothing is left to be done."""
        await at_rest(self.services)


@pytest_asyncio.fixture(loop_scope="session")
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """All services, a mail server, an EC site, and a collector of traces."""
    home = tmp_path / "home"
    desk_keys = {store: secrets.token_urlsafe(32) for store in OPEN_STORES}
    with trace_receiver() as collector:
        async with mail_server() as mail, EcSite(tmp_path).listening() as ec_site:
            system = System(
                home,
                [service for service in installed_services() if service.name != "audit"],
                environment={
                    **ENVIRONMENT,
                    "TSUNAGU_CUSTOMER_SMTP_PORT": str(mail.port),
                    "TSUNAGU_TRACES_ENDPOINT": collector.endpoint,
                    "TSUNAGU_CUSTOMER_DESK_KEYS": _digests(desk_keys),
                    "TSUNAGU_EDGE_CHANNELS_FILE": str(ec_site.channels_file),
                    "TSUNAGU_EDGE_PARTNER_API_KEYS": _digests({"app": CHANNEL_KEY}),
                },
            )
            addresses = await system.start()
            services = Services(addresses.operator)
            watching = [asyncio.create_task(system.watch()), asyncio.create_task(services.run())]
            try:
                ec_site.url = addresses.http["edge-channels"]
                outside = Outside(addresses, mail, desk_keys)
                async with outside.listening():
                    await outside.send(*master_data())
                    yield World(addresses, outside, ec_site, home, services, collector)
            finally:
                for task in watching:
                    task.cancel()
                await asyncio.gather(*watching, return_exceptions=True)
                await system.stop()


def _digests(keys: dict[str, str]) -> str:
    return json.dumps({hashlib.sha256(key.encode()).hexdigest(): holder for holder, key in keys.items()})

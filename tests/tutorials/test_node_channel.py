"""A channel that is no Python: a Kafka client in Node, with types made from the contracts, joins a running system."""

import asyncio
import hashlib
import os
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from tests.journeys.stories.network import SKUS, STORES, master_data

from tsunagu.contracts.messages import Location, Product, ReceiveStock
from tsunagu.contracts.values import ReceivedLine
from tsunagu.retailer.sender import KafkaSender
from tsunagu.stack.addresses import Addresses
from tsunagu.stack.run import select_services
from tsunagu.stack.system import System
from tsunagu.stack.web import Node, node_from_pypi

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "libs" / "channel" / "node"
PATIENCE_SECONDS = 120.0
PIECES = 5

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def node() -> Node:
    """The pinned Node, which runs TypeScript as it is, and the example's packages by their lock."""
    found = node_from_pypi(ROOT, print)
    stamp = FOLDER / "node_modules" / ".tsunagu-packages"
    wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    if not (stamp.is_file() and stamp.read_text() == wanted):
        run(found, *found.npm[1:], "ci", "--no-progress", "--ignore-scripts")
        stamp.write_text(wanted)
    return found


def run(node: Node, *arguments: str) -> None:
    done = subprocess.run(
        [node.node, *arguments],
        cwd=FOLDER,
        env=environment(node),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def environment(node: Node) -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(node.node).parent}{os.pathsep}{os.environ['PATH']}"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def retailer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Addresses]:
    """A store with a product, and the services that a reservation takes."""
    system = System(
        tmp_path_factory.mktemp("node-channel") / "home", select_services(["inventory", "order", "pickup"])
    )
    addresses = await system.start()
    watching = asyncio.create_task(system.watch())
    sender = KafkaSender(addresses.kafka_bootstrap_servers)
    await sender.start()
    try:
        for message in master_data():
            if message.record_key() in (STORES[0], SKUS[0]):
                assert isinstance(message, Location | Product)
                await sender.send(message, "hq")
        delivery = ReceiveStock(
            delivery_id="opening",
            location_id=STORES[0],
            lines=(ReceivedLine(sku=SKUS[0], quantity=PIECES),),
            occurred_at=datetime.now(UTC),
        )
        await sender.send(delivery, "wms")
        yield addresses
    finally:
        await sender.stop()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await system.stop()


def test_types__of_the_example__fit_the_contracts(node: Node) -> None:
    run(node, "node_modules/typescript/bin/tsc")


async def test_kiosk__in_node__shows_live_stock_and_places_an_order(node: Node, retailer: Addresses) -> None:
    process = await asyncio.create_subprocess_exec(
        *(node.node, "kiosk.ts", retailer.kafka_bootstrap_servers, STORES[0], SKUS[0]),
        cwd=FOLDER,
        env=environment(node),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    first, *later = out.decode().splitlines()
    assert process.returncode == 0, out.decode()
    assert first == f"{SKUS[0]} in {STORES[0]}: {PIECES}"
    assert {"confirmed", f"{SKUS[0]} in {STORES[0]}: {PIECES - 1}"} <= set(later)

"""One run from its start to its end: load, play, rest."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rich.console import Console

from tsunagu.cli.demo.rest import REST_SECONDS_MAX, NotAtRest, first_of, missing_in, wait_for_rest
from tsunagu.cli.demo.services import Services
from tsunagu.cli.demo.view import View
from tsunagu.cli.demo.web_shop import OpenShop, WebShop
from tsunagu.contracts.topics import TOPICS
from tsunagu.retailer.chain import Chain, build_chain
from tsunagu.retailer.door import Door
from tsunagu.retailer.edge_door import EdgeDoor
from tsunagu.retailer.figures import Figures
from tsunagu.retailer.intentions import WEBSHOP
from tsunagu.retailer.link_door import LinkDoor
from tsunagu.retailer.loading import load_master_data, load_stock
from tsunagu.retailer.newsfeed import Newsfeed
from tsunagu.retailer.observer import Observer
from tsunagu.retailer.occurrences import ALERTED_AT_RISK, Occurrences
from tsunagu.retailer.order_script import STORE
from tsunagu.retailer.play import Play
from tsunagu.retailer.players.registrars import sealing_key
from tsunagu.retailer.script import write_script
from tsunagu.retailer.sender import KafkaSender
from tsunagu.retailer.sizes import Sizes
from tsunagu.retailer.staff_door import StaffDoor
from tsunagu.retailer.stock import deliveries
from tsunagu.retailer.truck_script import with_truck_lanes
from tsunagu.stack.addresses import Addresses

EDGE = "edge-partner"  # the process through which the app orders
COUNTERS = "edge-staff"  # the one through which stores do
LINKS = "edge-shopper"  # the one that opens what shoppers are mailed
CHANNELS = "edge-channels"  # the one that the web shop joins by its webhooks
CUSTOMER = "customer"  # the service that gives the key with which personal data is sealed
LOAD_SECONDS_MAX = 180.0  # 50 stores with 500 SKUs take some ten


async def perform(
    addresses: Addresses,
    seed: int,
    sizes: Sizes,
    app_key: str,
    console: Console,
    watch: Coroutine[Any, Any, None],
    staff_keys: Mapping[str, str] | None = None,
    beside: "asyncio.Future[Any] | None" = None,
    rest_seconds_max: float = REST_SECONDS_MAX,
    shop: WebShop | None = None,
) -> tuple[Figures, list[str]]:
    """Play a script on a running system; returns its figures, and what is wrong with how it ended.

    `app_key` lets the app through edge; `watch` runs beside the play and raises when the system is no more.
    `staff_keys` are those of the places by location; without them counters write to the topics,
    and so does the web shop without its `shop`.
    A run that has not come to rest `rest_seconds_max` after its last act, and after the end of what goes on `beside`
    it, is given up, and what it waits for is a problem.

    Raises what an actor raised, and TimeoutError when the services do not take up the retailer.
    """
    news = Newsfeed(addresses.kafka_bootstrap_servers, TOPICS)
    observer = Observer(news)
    occurrences = Occurrences(news)
    services = Services(addresses.operator)
    kafka = KafkaSender(addresses.kafka_bootstrap_servers)
    run_id = f"{int(time.time()):x}"
    chain = build_chain(seed, sizes, version=int(time.time() * 1000))
    script = write_script(seed, sizes, chain)
    chain = with_truck_lanes(chain, script.truck_acts, datetime.now(UTC))
    doors: dict[str, Door] = {"app": EdgeDoor(addresses.http[EDGE], app_key)}
    counters = StaffDoor(addresses.http[COUNTERS], staff_keys) if staff_keys else None
    if counters is not None:
        doors[STORE] = counters
    links = LinkDoor(addresses.http[LINKS])
    open_shop = OpenShop(shop, news, addresses.http[CHANNELS]) if shop is not None else None
    loops = [watch, news.run(), services.run()]
    if open_shop is not None:
        doors[WEBSHOP] = open_shop.door
        loops.append(open_shop.serve())
    async with _running(news, kafka), _beside(*loops) as background:
        console.print(
            f"loading {sizes.stores} stores with {sum(map(len, chain.stock.values()))} stock rows and "
            f"{len(chain.products)} products …"
        )
        await _load(chain, run_id, kafka, observer, services, background)
        public_key = await sealing_key(addresses.http[CUSTOMER])
        play = Play(script, chain, run_id, kafka, news, doors, public_key, counters, links)
        missing = partial(
            missing_in, play, observer, services, open_shop.books if open_shop is not None else None
        )

        def headline() -> str:
            elapsed = min(play.stage.clock.elapsed, 24 * 3600)
            return f"{elapsed:.0f} s of {sizes.duration_seconds:.0f}, seed {seed}, {sizes.orders} orders"

        problems = []
        view = View(console, observer, services, headline, missing)
        async with _beside(view.run()):
            try:
                await first_of(play.run(), *background)
                if beside is not None:
                    await first_of(asyncio.shield(beside), *background)
                await first_of(
                    wait_for_rest(
                        missing,
                        lambda: observer.total_records,
                        services.next_round,
                        seconds_max=rest_seconds_max,
                    ),
                    *background,
                )
            except NotAtRest as error:
                problems.append(f"the run did not come to rest: {error}")
            finally:
                await play.stage.leave()
        problems += [f"unreadable: {what}" for what in news.unreadable]
        did = {**play.stage.did, ALERTED_AT_RISK: services.alerted_at_risk}
        if open_shop is not None:
            did |= open_shop.counts()
            problems += open_shop.problems()
        return replace(observer.figures(), kinds=occurrences.counts(did)), problems


async def _load(
    chain: Chain,
    run_id: str,
    kafka: KafkaSender,
    observer: Observer,
    services: Services,
    background: "Sequence[asyncio.Future[None]]",
) -> None:
    """Bring the retailer onto the backbone, and wait until every service knows it and its stock is booked."""
    opening = deliveries(chain.stock, run_id, datetime.now(UTC))
    await load_master_data(chain, kafka)
    await first_of(_until(lambda: services.are_idle, services, "take up the master data"), *background)
    await load_stock(opening, kafka)
    wanted = {delivery.delivery_id for delivery in opening}
    await first_of(
        _until(lambda: wanted <= observer.received, services, "book the opening stock"), *background
    )
    await first_of(_until(lambda: services.are_idle, services, "take up the opening stock"), *background)


async def _until(is_so: Callable[[], bool], services: Services, what: str) -> None:
    """Wait for the services to do something. Raises TimeoutError with a sentence when they do not."""
    try:
        async with asyncio.timeout(LOAD_SECONDS_MAX):
            while not is_so():
                await services.next_round()
    except TimeoutError:
        raise TimeoutError(
            f"the services did not {what} within {LOAD_SECONDS_MAX:.0f} s: {'; '.join(services.busy())}"
        ) from None


@asynccontextmanager
async def _running(*parts: Newsfeed | KafkaSender) -> AsyncIterator[None]:
    for part in parts:
        await part.start()
    try:
        yield
    finally:
        for part in reversed(parts):
            await part.stop()


@asynccontextmanager
async def _beside(*loops: Coroutine[Any, Any, None]) -> AsyncIterator[list["asyncio.Future[None]"]]:
    """Run endless loops beside the body; they end with it."""
    tasks: list[asyncio.Future[None]] = [asyncio.ensure_future(loop) for loop in loops]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

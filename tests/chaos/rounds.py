"""One round: load, strikes, recovery, rest, audit."""

import asyncio
import time
from contextlib import AsyncExitStack

from rich.console import Console

from audit.report import HEADINGS
from tsunagu.cli.demo.auditing import AuditFailed, audit_run
from tsunagu.cli.demo.performance import perform
from tsunagu.retailer.chain import build_chain
from tsunagu.retailer.sizes import Sizes

from .probes import OrderProbes, read_up
from .results import Measured
from .scene import Scene
from .strikes import Prepared, Round, Strike


async def run_round(scene: Scene, strikes: Round) -> list[Measured]:
    """Strike under load, and tell how long recovery took and what the audit says once the load has drained.

    Raises TimeoutError when the services do not take up the retailer, and what an actor of the load raised.
    """
    settings = scene.settings
    sizes = Sizes(
        stores=settings.stores,
        skus=settings.skus,
        orders=settings.orders,
        duration_seconds=settings.load_seconds,
    )
    skus = [product.sku for product in build_chain(settings.seed, sizes).products]
    probes = OrderProbes(scene.addresses.kafka_bootstrap_servers, skus, settings.probe_interval_seconds)
    async with AsyncExitStack() as stack:
        # What strikes need is there before the load; it goes, and so do the probes, before the load can drain.
        needed = await stack.enter_async_context(AsyncExitStack())
        prepared = await asyncio.gather(
            *(needed.enter_async_context(strike.prepare(scene)) for strike in strikes)
        )
        await needed.enter_async_context(probes.running())
        striking = asyncio.create_task(_strike_all(scene, probes, strikes, prepared, needed))
        stack.push_async_callback(_end, striking)
        _, problems = await perform(
            scene.addresses, settings.seed, sizes, scene.app_key, Console(quiet=True), _watch(striking)
        )
        measured = await striking
    findings = [*problems, *await _audit(scene)]
    return [each.audited(findings) for each in measured]


async def _strike_all(
    scene: Scene,
    probes: OrderProbes,
    strikes: Round,
    prepared: list[Prepared],
    needed: AsyncExitStack,
) -> list[Measured]:
    async with needed:
        async with asyncio.timeout(scene.settings.lead_seconds_max):
            await probes.answered(scene.settings.lead_probes)
        return await asyncio.gather(
            *(_strike(scene, probes, strike, ready) for strike, ready in zip(strikes, prepared, strict=True))
        )


async def _strike(scene: Scene, probes: OrderProbes, strike: Strike, ready: Prepared) -> Measured:
    yardstick = probes.usual_seconds(time.monotonic()) if strike.starts is None else None
    if strike.starts is not None:
        yardstick = scene.start_seconds(strike.starts)
    async with ready() as since:
        try:
            async with asyncio.timeout(scene.settings.recovery_seconds_max):
                recovery = await _recovered(scene, probes, strike, since) - since
        except TimeoutError:
            recovery = None
    what = "an undisturbed order" if strike.starts is None else "an undisturbed start"
    return Measured(strike.name, recovery, what, yardstick, strike.bar_seconds)


async def _recovered(scene: Scene, probes: OrderProbes, strike: Strike, since: float) -> float:
    if strike.reader is None:
        return await probes.recovered(since, picking=strike.picking)
    service = scene.services[strike.reader]
    return await read_up(
        service,
        scene.addresses.databases[service.name],
        scene.addresses.kafka_bootstrap_servers,
        since,
        scene.settings.read_seconds,
    )


async def _watch(striking: "asyncio.Task[list[Measured]]") -> None:
    """Raise what went wrong with the strikes, at once; else wait as long as the load takes."""
    await asyncio.shield(striking)
    await asyncio.Event().wait()


async def _end(striking: "asyncio.Task[list[Measured]]") -> None:
    striking.cancel()
    await asyncio.gather(striking, return_exceptions=True)


async def _audit(scene: Scene) -> list[str]:
    try:
        report = await audit_run(scene.addresses)
    except AuditFailed as error:
        return [str(error)]
    return [
        f"{heading}: {finding.subject}: {finding.why}"
        for heading in HEADINGS
        for finding in report.of(heading)
    ]

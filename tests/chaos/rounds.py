"""One round: load, strikes one after the other, recovery after each, rest, audit."""

import asyncio
import logging
import time
from contextlib import AsyncExitStack

from rich.console import Console

from audit.report import HEADINGS
from tsunagu.cli.demo.auditing import AuditFailed, audit_run
from tsunagu.cli.demo.performance import perform

from .probes import OrderProbes, read_up
from .results import Measured
from .scene import Scene
from .strikes import Round, Strike

logger = logging.getLogger(__name__)


async def run_round(scene: Scene, round_: Round) -> list[Measured]:
    """Strike under load, and tell how long recovery took and what the audit says once the load has drained.

    Raises TimeoutError when the services do not take up the retailer or the work does not go on, and what an actor of
    the load raised.
    """
    settings = scene.settings
    sizes = settings.sizes(settings.quiet_load_share if round_.is_quiet else 1.0)
    probes = OrderProbes(
        scene.addresses.kafka_bootstrap_servers,
        scene.chain,
        settings.quiet_probe_interval_seconds if round_.is_quiet else settings.probe_interval_seconds,
    )
    async with AsyncExitStack() as stack:
        # Probes go before the load can drain.
        probing = await stack.enter_async_context(AsyncExitStack())
        await probing.enter_async_context(probes.running())
        striking = asyncio.create_task(_strike_all(scene, probes, round_, probing))
        stack.push_async_callback(_end, striking)
        _, problems = await perform(
            scene.addresses,
            settings.seed,
            sizes,
            scene.app_key,
            Console(quiet=True),
            _watch(striking),
            beside=striking,
            rest_seconds_max=settings.rest_seconds_max,
        )
        measured = await striking
    logger.info("at rest: audit")
    findings = [*problems, *scene.problems, *await _audit(scene)]
    scene.problems.clear()
    return [each.audited(findings) for each in measured]


async def _strike_all(
    scene: Scene, probes: OrderProbes, round_: Round, probing: AsyncExitStack
) -> list[Measured]:
    measured: list[Measured] = []
    async with probing:
        await _usual_seconds(scene, probes, "at the beginning", scene.settings.lead_seconds_max)
        for strikes in round_.turns:
            together = asyncio.Barrier(len(strikes))
            try:
                async with asyncio.TaskGroup() as group:
                    striking = [
                        group.create_task(_strike(scene, probes, strike, together)) for strike in strikes
                    ]
            except BaseExceptionGroup as errors:
                raise errors.exceptions[0] from None
            measured += [each.result() for each in striking]
    logger.info("all struck: the load drains")
    return measured


async def _strike(scene: Scene, probes: OrderProbes, strike: Strike, together: asyncio.Barrier) -> Measured:
    """Strike when what all strikes need is there and the work goes its usual way; leave when it does so again."""
    seconds_max = scene.settings.recovery_seconds_max
    async with strike.prepare(scene) as ready:
        await together.wait()
        usual_seconds = await _usual_seconds(scene, probes, f"before {strike.name}", seconds_max)
        await together.wait()
        logger.info("%s", strike.name)
        async with ready() as since:
            try:
                async with asyncio.timeout(seconds_max):
                    recovery = await _recovered(scene, probes, strike, since) - since
            except TimeoutError:
                recovery = None
        # Who was frozen is awake now, and the work has to go on with both.
        await together.wait()
        await _usual_seconds(scene, probes, f"after {strike.name}", seconds_max)
    if strike.starts is None:
        what, yardstick = "an undisturbed order", usual_seconds
    else:
        what, yardstick = "an undisturbed start", scene.start_seconds(strike.starts)
    return Measured(strike.name, recovery, what, yardstick, strike.bar_seconds)


async def _usual_seconds(scene: Scene, probes: OrderProbes, when: str, seconds_max: float) -> float:
    """What an order takes while nobody disturbs it, by some that are placed now.

    Raises TimeoutError when they are not answered: the work does not go on.
    """
    since = time.monotonic()
    try:
        async with asyncio.timeout(seconds_max):
            return await probes.undisturbed(since, scene.settings.lead_probes)
    except TimeoutError:
        raise TimeoutError(
            f"{when}: within {seconds_max:.0f} s, {probes.in_words(since)}, and {scene.settings.lead_probes} answers "
            f"are wanted; {scene.in_words()}"
        ) from None


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

"""How far customers came, told once in a while of the days up to each of the last days."""

from datetime import date, timedelta

from customer.domain.days import start_of
from customer.domain.journey import funnel, paths
from customer.settings import settings
from customer.store.funnel import SQL, count_paths, count_stages
from tsunagu.chassis import Cause, FirstCause, Key, Periodic, Runtime, Transaction, clock, transaction
from tsunagu.contracts.messages import CustomerJourney
from tsunagu.contracts.values import JAPAN, PathCount, StageCount


async def tell_days(runtime: Runtime) -> None:
    """Tell what has changed of the last days; what comes later than that changes their past no more."""
    today = clock.now().astimezone(JAPAN).date()
    for ago in reversed(range(settings().journey_retold_days)):
        async with transaction(runtime) as tx:
            await tell_day(tx, today - timedelta(days=ago))


async def tell_day(tx: Transaction, day: date) -> None:
    """Tell of the days up to one, unless all has been told."""
    await tx.connection.execute(SQL.insert_missing_told, day)
    told = await tx.connection.fetchrow(SQL.lock_told, day)
    assert told is not None, "its row was inserted"
    journey = await _journey(tx, day, told["version"] + 1)
    if told["content"] is None and not journey.stages:
        return  # nobody has done anything yet
    if told["content"] is not None:
        before = CustomerJourney.model_validate(told["content"])
        if _matters(before) == _matters(journey):
            return
    await tx.connection.execute(SQL.save_told, day, journey.version, journey.model_dump(mode="json"))
    tx.publish(journey, cause=FirstCause(f"customer journey {day} {journey.version}", tx.now))


async def tell_again(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Tell of the next days as they were told."""
    rows = await tx.connection.fetch(SQL.told_after, *after, limit)
    for row in rows:
        tx.publish(CustomerJourney.model_validate(row["content"]), cause=cause)
    return (rows[-1]["day"].isoformat(),) if rows else None


async def _journey(tx: Transaction, day: date, version: int) -> CustomerJourney:
    limits = settings()
    since, until = (
        start_of(day - timedelta(days=limits.journey_told_days - 1)),
        start_of(day + timedelta(days=1)),
    )
    stages = await count_stages(tx.connection, since, until)
    ways = await count_paths(tx.connection, since, until, limits.journey_path_steps_max)
    few = limits.journey_few_customers
    return CustomerJourney(
        day=day,
        version=version,
        days=limits.journey_told_days,
        few=few,
        stages=tuple(
            StageCount(stage=one.stage, first_channel=one.first_channel, customers=one.customers)
            for one in funnel(stages, few)
        ),
        paths=tuple(
            PathCount(steps=one.steps or (), customers=one.customers)
            for one in paths(ways, few, limits.journey_paths_max)
        ),
        computed_at=tx.now,
    )


def _matters(journey: CustomerJourney) -> str:
    return journey.model_dump_json(exclude={"version", "computed_at"})


TELLING = Periodic("journeys", settings().journey_interval_seconds, tell_days)

"""How many customers came how far and over which channels: a function of what they did, whenever it became known."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customer import journeys as journeys_told
from customer import upkeep
from tsunagu.chassis.runtime import Runtime
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import CustomerJourney
from tsunagu.contracts.values import JAPAN
from tsunagu.testing.harness import Harness, all_of

pytestmark = [pytest.mark.component, pytest.mark.wide]

Told = dict[tuple[str, str | None], int | None]


async def journeys(operator: httpx.AsyncClient, first: date, last: date) -> dict[str, Any]:
    answer = await operator.get("/journeys", params={"from": first.isoformat(), "to": last.isoformat()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def lately(operator: httpx.AsyncClient) -> dict[str, Any]:
    today = datetime.now(JAPAN).date()
    return await journeys(operator, today - timedelta(days=20), today)


def stages(found: dict[str, Any]) -> Told:
    return {(row["stage"], row["first_channel"]): row["customers"] for row in found["funnel"]}


def ways(found: dict[str, Any]) -> dict[tuple[str, ...] | None, int | None]:
    return {None if row["steps"] is None else tuple(row["steps"]): row["customers"] for row in found["paths"]}


async def test_funnel__seen_in_store_bought_online_fetched_and_given_back__is_each_stage_and_one_path(
    service: Harness, operator: httpx.AsyncClient, a: Any, use_settings: Any
) -> None:
    use_settings.use(journey_few_customers=1)
    ref = a.ref("app")
    placed = a.placed("O1", ref)
    await service.deliver(a.identification(ref), a.scan(ref, at=a.ago(days=4)), a.view(ref, at=a.ago(days=3)))
    await service.deliver(placed, a.completed("O1", ref, at=placed.placed_at + timedelta(milliseconds=1)))
    await service.deliver(a.items_returned("O1", quantity=1, jpy=3000))

    found = await lately(operator)

    assert stages(found) == {
        (stage, channel): 1
        for stage in ("aware", "considering", "ordered", "bought_online", "picked_up", "returned")
        for channel in (None, "store")
    }
    assert ways(found) == {("seen:store", "seen:app", "bought:ec", "picked_up:store", "returned"): 1}


async def test_funnel__two_purchases__is_buying_again_also_where_the_first_was_long_ago(
    service: Harness, operator: httpx.AsyncClient, a: Any, use_settings: Any
) -> None:
    use_settings.use(journey_few_customers=1)
    new, old = a.ref("card"), a.ref("card")
    await service.deliver(a.identification(new), a.identification(old))
    await service.deliver(a.sale(new), a.sale(old, at=a.ago(days=200)), a.sale(old))

    found = stages(await lately(operator))

    assert found["bought_in_store", None] == 2
    assert found["returning", None] == 1


async def test_funnel__merged_split_and_erased__follows_the_customers(
    service: Harness, operator: httpx.AsyncClient, a: Any, use_settings: Any
) -> None:
    use_settings.use(journey_few_customers=1)
    card, app = a.ref("card"), a.ref("app")
    await service.deliver(a.identification(card), a.identification(app))
    await service.deliver(a.view(app, at=a.ago(days=2)), a.sale(card, at=a.ago(days=1)))
    apart = {("seen:app",): 1, ("bought:store",): 1}
    assert ways(await lately(operator)) == apart

    await service.deliver(a.merge(app, card))
    assert ways(await lately(operator)) == {("seen:app", "bought:store"): 1}
    assert stages(await lately(operator))["bought_in_store", "app"] == 1
    await service.deliver(a.split(app, card))
    assert ways(await lately(operator)) == apart
    await service.deliver(a.erasure(card))
    assert ways(await lately(operator)) == {("seen:app",): 1}
    await service.deliver(a.erasure(app))
    await service.work_due()
    assert (await lately(operator))["funnel"] == []


async def test_funnel__of_few__is_not_told(
    service: Harness, operator: httpx.AsyncClient, a: Any, use_settings: Any
) -> None:
    use_settings.use(journey_few_customers=3)
    refs = [a.ref("card") for _ in range(5)]
    await service.deliver(*(a.identification(ref) for ref in refs))
    await service.deliver(
        *(a.sale(ref) for ref in refs[:3]), *(a.completed(f"O{ref}", ref) for ref in refs[3:])
    )

    found = await lately(operator)

    assert found["few"] == 3
    assert stages(found)["bought_in_store", "store"] == 3
    assert stages(found)["bought_online", "ec"] is None
    assert ways(found) == {("bought:store",): 3, None: None}


async def test_funnel__a_day__begins_and_ends_in_japan(
    service: Harness, operator: httpx.AsyncClient, a: Any, use_settings: Any
) -> None:
    use_settings.use(journey_few_customers=1)
    day = datetime.now(JAPAN).date() - timedelta(days=3)
    midnight = datetime.combine(day, datetime.min.time(), JAPAN).astimezone(UTC)
    refs = [a.ref("card") for _ in range(3)]
    await service.deliver(*(a.identification(ref) for ref in refs))
    for ref, at in zip(
        refs, (midnight - timedelta(seconds=1), midnight, midnight + timedelta(days=1)), strict=True
    ):
        await service.deliver(a.view(ref, at=at))

    assert stages(await journeys(operator, day, day))["aware", None] == 1
    assert stages(await journeys(operator, day - timedelta(days=1), day))["aware", None] == 2


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_funnel__the_same_facts_in_any_order__is_the_same(
    service: Harness, operator: httpx.AsyncClient, a: Any, use_settings: Any, data: st.DataObject
) -> None:
    use_settings.use(journey_few_customers=1)
    # The same is done twice, by people of whom the first are erased before the second come.
    did = data.draw(
        st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 200)), min_size=1, max_size=8), label="did"
    )
    seed = data.draw(st.integers(0, 2**32), label="seed")
    today = datetime.now(JAPAN).date()
    seen = []
    for turn in range(2):
        refs = [a.ref("card"), a.ref("ec")]
        messages = [a.identification(refs[0]), a.identification(refs[1]), *facts(a, refs, did)]
        random.Random(seed + turn).shuffle(messages)
        merge = random.Random(seed + turn + 1).randint(0, len(messages))
        for message in messages[:merge]:
            await service.deliver(message)
        await service.deliver(*(one for one in messages[merge:]))
        await service.deliver(a.merge(*refs))
        await service.work_due()
        found = await journeys(operator, today - timedelta(days=30), today)
        seen.append((stages(found), ways(found)))
        await service.deliver(a.erasure(refs[0]))
        await service.work_due()
    assert seen[0] == seen[1]


KINDS = ("view", "scan", "sale", "order", "return")


def facts(a: Any, refs: Sequence[str], did: Sequence[tuple[str, int]]) -> list[Message]:
    """What two refs did, each of it so many hours before now."""
    made: list[Message] = []
    for number, (kind, hours) in enumerate(did):
        ref, at = refs[number % 2], a.ago(hours=300 + hours)
        if kind == "view":
            made.append(a.view(ref, at=at))
        elif kind == "scan":
            made.append(a.scan(ref, at=at))
        elif kind == "order":
            made.append(a.completed(f"O{ref}{number}", ref, at=at))
        else:
            sale = a.sale(ref, at=at)
            made.append(sale)
            if kind == "return":
                made.append(a.void(sale))
    return made


async def test_upkeep__old_signs_of_interest__are_forgotten(
    service: Harness, runtime: Runtime, a: Any
) -> None:
    ref = a.ref("app")
    await service.deliver(
        a.identification(ref), a.view(ref, at=a.ago(days=401)), a.view(ref, at=a.ago(days=399))
    )

    await upkeep.forget_old(runtime)

    assert await service.connection.fetchval("SELECT count(*) FROM interest") == 1


async def test_telling__each_day__is_told_once_until_something_is_known_late(
    service: Harness, runtime: Runtime, a: Any, use_settings: Any
) -> None:
    use_settings.use(journey_few_customers=1)
    ref = a.ref("card")
    await service.deliver(a.identification(ref), a.sale(ref, at=a.ago(days=5)))

    await journeys_told.tell_days(runtime)
    first = all_of(await service.sent(), CustomerJourney)
    await journeys_told.tell_days(runtime)
    again = all_of(await service.sent(), CustomerJourney)
    await service.deliver(a.view(ref, at=a.ago(days=6)))
    await journeys_told.tell_days(runtime)
    late = all_of(await service.sent(), CustomerJourney)

    today = datetime.now(JAPAN).date()
    assert [(one.day, one.version) for one in first] == [
        (today - timedelta(days=ago), 1) for ago in (2, 1, 0)
    ]
    assert again == []
    assert [one.version for one in late] == [2, 2, 2]
    assert late[-1].paths[0].steps == ("seen:app", "bought:store")
    assert ref not in late[-1].model_dump_json()

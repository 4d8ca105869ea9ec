"""Definitions, policies and what measures moved, told once in a while where they are others than before."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from insight.domain.days import business_day
from insight.domain.definitions import Definition
from insight.domain.policy import Adoption, Policy
from insight.measures import judged
from insight.settings import settings
from insight.store import policies, told
from insight.store.definitions import definitions
from insight.store.told import SQL, Told
from tsunagu.chassis import Cause, FirstCause, Key, Periodic, Retelling, Runtime, Transaction, transaction
from tsunagu.contracts import topics
from tsunagu.contracts.message import State
from tsunagu.contracts.messages import CreditPolicy, KpiDefinition, Measure
from tsunagu.contracts.values import MeasureEffect, PolicyDepartment, PolicyPart

DEFINITION, POLICY, MEASURE = "definition", "policy", "measure"

_CLASSES: Mapping[str, type[State]] = {DEFINITION: KpiDefinition, POLICY: CreditPolicy, MEASURE: Measure}


async def tell(runtime: Runtime) -> None:
    """Tell what is another: first what files and adoptions say, then each measure that there is something new of."""
    async with transaction(runtime) as tx:
        await tell_files(tx)
    async with transaction(runtime) as tx:
        to_judge = await _to_judge(tx)
    for measure_id in to_judge:
        async with transaction(runtime) as tx:
            await tell_measure(tx, measure_id)


async def tell_files(tx: Transaction) -> None:
    """Tell the definitions and policies of the files; what is in them no more is deleted."""
    adoptions = await policies.read_adoptions(tx.connection)
    files = policies.policy_files(settings().policy_folder).values()
    await _tell_all(tx, DEFINITION, [_definition(one) for one in definitions().by_name.values()])
    await _tell_all(tx, POLICY, [_policy(file.policy, adoptions) for file in files])


async def tell_measure(tx: Transaction, measure_id: str) -> None:
    """Tell what a measure has moved by the end of yesterday."""
    found = await judged(tx.connection, measure_id, tx.now)
    if found is not None:
        await _tell(tx, MEASURE, [_measure(found, _yesterday(tx))])


async def _to_judge(tx: Transaction) -> list[str]:
    config = settings()
    yesterday = _yesterday(tx)
    first_start = yesterday - timedelta(days=config.measure_days + config.measure_retold_days)
    return await told.read_measures_to_judge(
        tx.connection, first_start, yesterday, config.measures_judged_max
    )


async def _tell_all(tx: Transaction, kind: str, messages: Sequence[State]) -> None:
    await _tell(tx, kind, messages)
    keys = [message.record_key() for message in messages]
    for key in await told.drop_others(tx.connection, kind, keys):
        tx.delete(_CLASSES[kind], key, cause=FirstCause(f"insight has no {kind} {key} any more", tx.now))


async def _tell(tx: Transaction, kind: str, messages: Sequence[State]) -> None:
    """Publish what is another than what was told; `version` of these messages is none yet."""
    by_key = {message.record_key(): message for message in messages}
    for before in await told.lock(tx.connection, kind, sorted(by_key)):
        message = by_key[before.key]
        content = message.model_dump(mode="json", exclude={"version"}, exclude_none=True)
        if content != before.content:
            now = Told(before.key, before.version + 1, content)
            await told.save(tx.connection, kind, now, _yesterday(tx))
            tx.publish(_said(kind, now), cause=FirstCause(f"insight {kind} {now.key} {now.version}", tx.now))


def _said(kind: str, one: Told) -> State:
    return _CLASSES[kind].model_validate({**(one.content or {}), "version": one.version})


def _retelling(kind: str, topic: topics.Topic, count: str) -> Retelling:
    async def tell_page(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
        [after_key] = after
        page = await told.read_after(tx.connection, kind, after_key, limit)
        for one in page:
            tx.publish(_said(kind, one), cause=cause)
        return (page[-1].key,) if page else None

    return Retelling(topic, tell_page, count)


def _definition(one: Definition) -> KpiDefinition:
    return KpiDefinition(
        version=1,
        name=one.name,
        title=one.title,
        formula=str(one.formula),
        figures=tuple(one.formula.figures),
        unit=one.unit,
        better=one.better,
        owner=one.owner,
        target=one.target,
        due=one.due,
        events=one.events,
    )


def _policy(one: Policy, adoptions: Sequence[Adoption]) -> CreditPolicy:
    return CreditPolicy(
        version=1,
        policy_id=one.policy_id,
        title=one.title,
        store_channels=tuple(sorted(one.store_channels)),
        otherwise=one.otherwise,
        departments=tuple(
            PolicyDepartment(department_id=of.department_id, title=of.title) for of in one.departments
        ),
        parts=tuple(
            PolicyPart(
                role=part.role.value,
                percent=part.percent,
                reason=part.reason,
                touchpoints=tuple(sorted(touch.value for touch in part.touchpoints)),
                window_days=part.window_days or None,
                department=part.department,
            )
            for part in one.parts
        ),
        adopted_from=tuple(each.effective_from for each in adoptions if each.policy_id == one.policy_id),
        is_default=one.policy_id == settings().policy_default_id,
    )


def _measure(found: Mapping[str, Any], as_of: date) -> Measure:
    terms = {key: value for key, value in found["measure"].items() if key in Measure.model_fields}
    effect = found["effect"]
    return Measure(
        **terms,
        version=1,
        unit=found.get("unit"),
        stores_compared=len(found["compared_with"]),
        effect=None if effect is None else MeasureEffect(**{**effect, "word": effect["word"].name.lower()}),
        as_of=as_of,
    )


def _yesterday(tx: Transaction) -> date:
    """The last business day that is over."""
    return business_day(tx.now, settings().business_day_begins_hour) - timedelta(days=1)


TELLING = Periodic("telling", settings().telling_interval_seconds, tell)

RETELLINGS = (
    _retelling(DEFINITION, topics.INSIGHT_DEFINITIONS, SQL.count_told_definitions),
    _retelling(POLICY, topics.INSIGHT_POLICIES, SQL.count_told_policies),
    _retelling(MEASURE, topics.INSIGHT_MEASURES, SQL.count_told_measures),
)

"""insight.commands that ask what stands behind a KPI."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from insight.domain.kpis import Kpi
from insight.settings import settings
from insight.store import evidence
from insight.store.definitions import definitions
from tsunagu.chassis import Connection, Received, Transaction
from tsunagu.contracts.messages import ExplainKpi, KpiExplained
from tsunagu.contracts.values import KpiPart

_ABOUT_PEOPLE = frozenset({Kpi.CUSTOMERS_NEW, Kpi.CUSTOMERS_REPEAT})
"""What they are made of are customers: an answer lies on a topic, where an erasure would not reach it."""


async def explain(tx: Transaction, messages: Sequence[Received[ExplainKpi]]) -> None:
    """Tell a page of what makes each KPI, or why there is none."""
    for received in messages:
        refusal = _refusal(received.message)
        page = None if refusal else await _page(tx.connection, received.message)
        if page is not None:
            asked = received.message.model_dump(exclude={"occurred_at", "device_id"})
            parts = tuple(_part(one) for one in page.found)
            tx.publish(
                KpiExplained(**asked, version=1, occurred_at=tx.now, parts=parts, next_after=page.next_after),
                cause=received,
            )
        else:
            seconds = settings().explain_seconds_max
            too_much = ("too_much", f"it takes longer than {seconds:g} seconds to find; ask for a single day")
            tx.refuse(received, *(refusal or too_much))


def _refusal(command: ExplainKpi) -> tuple[str, str] | None:
    """Why a question has no answer, as a code and a sentence; None if it may have one."""
    definition = definitions().by_name.get(command.kpi)
    if definition is None:
        return "unknown_kpi", f"there is no KPI {command.kpi}"
    if _ABOUT_PEOPLE.intersection(definition.formula.figures):
        return "about_people", f"behind {command.kpi} stand customers, and nobody is told from others"
    return None


async def _page(connection: Connection, command: ExplainKpi) -> evidence.Page | None:
    """What is found in time; None where that is too short. What the batch has done stays done."""
    asked = evidence.Behind(
        figures=definitions().by_name[command.kpi].formula.figures,
        scope=command.scope,
        day=command.day,
        after=command.after,
        limit=settings().explained_subjects_max,
    )
    try:
        async with asyncio.timeout(settings().explain_seconds_max), connection.transaction():
            return await evidence.read_behind(connection, asked)
    except (TimeoutError, asyncpg.QueryCanceledError):
        return None


def _part(found: Mapping[str, Any]) -> KpiPart:
    return KpiPart(
        figure=found["figure"],
        part_id=found["subject_id"],
        day=found["day"],
        amount=found["amount"],
        count=float(found["count"]),
        facts=tuple(sorted(found["facts"] or ())),
    )

"""Redrives that are asked for by command: each service takes its own, and answers where all services do."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tsunagu.chassis import Service
from tsunagu.chassis.redriving import REDRIVES
from tsunagu.contracts import topics
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.messages import CancelRedrive, CommandAccepted, CommandRefused, RedriveDeadLetters
from tsunagu.testing.harness import harness, only, record_of

pytestmark = [pytest.mark.component, pytest.mark.wide]

# Like the processes of edge, it has no events of its own.
SERVICE = Service(name="edge-partner", subscriptions=(REDRIVES,))


def a_redrive(service: str = "edge-partner", **changes: Any) -> RedriveDeadLetters:
    values = {
        "redrive_id": "redrive-1",
        "service": service,
        "reason": "handler_failed",
        "occurred_at": datetime.now(UTC),
        "staff_ref": "staff:7",
    }
    return RedriveDeadLetters(**{**values, **changes})


def a_cancellation(redrive_id: str = "redrive-1") -> CancelRedrive:
    return CancelRedrive(
        cancel_id=f"cancel-{redrive_id}",
        redrive_id=redrive_id,
        service="edge-partner",
        occurred_at=datetime.now(UTC),
        staff_ref="staff:8",
    )


async def test_command__of_this_service__is_begun_accepted_and_cancelled_and_says_who(database: str) -> None:
    async with harness(SERVICE, database) as service:
        accepted = only(await service.deliver(a_redrive()), CommandAccepted)
        assert accepted.command_id == "redrive-1"
        await service.deliver_records(topics.BACKBONE_COMMANDS, [record_of(a_cancellation())])
        assert [topic for topic, _ in await service.outbox()] == [topics.BACKBONE_EVENTS.name]
        only(await service.sent(), CommandAccepted)
        [row] = await service.connection.fetch("SELECT * FROM redrive")
    assert (row["asked_by"], row["reason"], row["state"], row["cancelled_by"]) == (
        "staff:7",
        "handler_failed",
        "cancelled",
        "staff:8",
    )


async def test_command__of_another_service__is_passed_over(database: str) -> None:
    async with harness(SERVICE, database) as service:
        assert await service.deliver(a_redrive("order")) == []
        assert await service.connection.fetch("SELECT FROM redrive") == []


async def test_cancellation__of_what_does_not_run__is_refused(database: str) -> None:
    async with harness(SERVICE, database) as service:
        refused = only(await service.deliver(a_cancellation("never-was")), CommandRefused)
    assert refused.reason == "not_running"


async def test_command__with_forbidden_values__is_refused_where_all_services_answer(database: str) -> None:
    good = record_of(a_redrive())
    body = {**json.loads(good.value or b""), "rate_per_second": -1}
    wrong = Record(good.key, json.dumps(body).encode(), good.headers)
    async with harness(SERVICE, database) as service:
        await service.deliver_records(topics.BACKBONE_COMMANDS, [wrong])
        assert [topic for topic, _ in await service.outbox()] == [topics.BACKBONE_EVENTS.name]
        assert only(await service.sent(), CommandRefused).reason == "invalid"

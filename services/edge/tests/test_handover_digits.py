"""Digits that staff type: they leave the request as a keyed hash, and stay nowhere."""

import logging
import re
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from edge.idempotency import digest_of
from edge.staff.handover_body import HANDOVER_BODY
from edge.staff.settings import Settings
from tsunagu.contracts import messages as m
from tsunagu.contracts.digits import digits_hash
from tsunagu.testing.harness import only

pytestmark = pytest.mark.component
KEY = "the key that pickup and edge-staff share"
DIGITS = "424242"
# Ids and hashes are hexadecimal, and instants have microseconds: six digits within one are no trace.
TRACE = re.compile(rf"(?<![0-9a-f.]){DIGITS}(?![0-9a-f])")
BODY = {"order_id": "O-1", "handover_id": "H-1", "occurred_at": "2026-04-01T00:30:00Z"}


async def test_hand_over__with_digits__the_command_carries_their_keyed_hash(open_door: Any) -> None:
    async with open_door("staff", digits_key=SecretStr(KEY)) as door:
        answer = await door.post("/v1/handovers", "S001", {**BODY, "digits": DIGITS})
        handover = only(await door.service.sent(), m.HandOver)
    assert answer.status_code == 202
    assert handover.digits_hash == digits_hash(KEY, "O-1", DIGITS)
    assert (handover.order_id, handover.location_id, handover.code_hash) == ("O-1", "S001", None)


async def test_hand_over__with_a_hash_of_the_callers_own__is_refused(open_door: Any) -> None:
    async with open_door("staff", digits_key=SecretStr(KEY)) as door:
        answer = await door.post("/v1/handovers", "S001", {**BODY, "digits_hash": "0" * 64})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/digits_hash")


async def test_hand_over__digits_where_there_is_no_key__is_refused_and_says_what_to_do(
    open_door: Any,
) -> None:
    async with open_door("staff") as door:
        answer = await door.post("/v1/handovers", "S001", {**BODY, "digits": DIGITS})
        assert await door.service.sent() == []
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/digits")
    assert "check at the desk" in answer.json()["detail"]


def test_digits_key__too_short__is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSUNAGU_EDGE_STAFF_DIGITS_KEY", "too short")
    with pytest.raises(ValidationError, match="digits_key") as refused:
        Settings()
    assert "too short" not in str(refused.value)


async def test_hand_over__the_same_request_with_other_digits__is_another_one(open_door: Any) -> None:
    async with open_door("staff", digits_key=SecretStr(KEY)) as door:
        first = await door.post("/v1/handovers", "S001", {**BODY, "digits": DIGITS}, Idempotency_Key="k")
        again = await door.post("/v1/handovers", "S001", {**BODY, "digits": DIGITS}, Idempotency_Key="k")
        other = await door.post("/v1/handovers", "S001", {**BODY, "digits": "000000"}, Idempotency_Key="k")
    assert first.json() == again.json()
    assert other.status_code == 422


async def test_digits__typed_right_or_wrong__are_kept_nowhere(
    open_door: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_door("staff", digits_key=SecretStr(KEY)) as door:
        answers = [
            await door.post("/v1/handovers", "S001", {**BODY, "digits": DIGITS}),
            await door.post("/v1/handovers", "S001", {**BODY, "handover_id": "H-2", "digits": f"{DIGITS} "}),
            await door.post("/v1/handovers", "S001", {**BODY, "handover_id": "H-3", "digits": int(DIGITS)}),
            await door.post("/v1/handovers", "S001", {**BODY, "handover_id": "H-4", "code": DIGITS}),
        ]
        rows = await _all_rows(door.service.connection)
        sent = [str(message) for message in await door.service.sent()]
    assert [answer.status_code for answer in answers] == [202, 422, 422, 422]
    everything = [*rows, *sent, caplog.text, *capfd.readouterr(), *(answer.text for answer in answers)]
    assert [text for text in everything if TRACE.search(text)] == []
    # Nor does the request's own digest tell them, to whoever knows the rest of the body.
    assert _digest_of_what_was_typed() not in " ".join(rows)


def _digest_of_what_was_typed() -> str:
    """The digest as it would be of the body with its digits."""

    class Asked:
        method = "POST"

        class url:  # noqa: N801 - as the request has it
            path = "/v1/handovers"

    asked: Any = Asked()
    return digest_of(asked, HANDOVER_BODY.model.model_validate({**BODY, "digits": DIGITS}))


async def _all_rows(connection: Any) -> list[str]:
    """Every value of every table as text, bytes too."""
    tables = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    texts = []
    for (table,) in tables:
        for row in await connection.fetch(f'SELECT * FROM "{table}"'):  # names come from the catalogue
            texts += [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row]
    assert texts
    return texts

"""The six digits: redeemed as a keyed hash, counted like the token, and found nowhere."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from pickup.domain.codes import code_hash
from pickup.settings import Settings, settings
from tsunagu.contracts.digits import digits_hash
from tsunagu.contracts.envelope import decode
from tsunagu.contracts.messages import CommandRefused, PickupCode, PickupCollected, PickupLocked
from tsunagu.contracts.topics import PICKUP_CODES
from tsunagu.contracts.values import HandoverProof
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = pytest.mark.component
KEY = "the key that pickup and edge-staff share"
CANARY = 424242
# Ids and hashes are hexadecimal, and instants have microseconds: six digits within one are no trace.
TRACE = re.compile(rf"(?<![0-9a-f.]){CANARY}(?![0-9a-f])")


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The key is set, and the digits are known."""
    monkeypatch.setenv("TSUNAGU_PICKUP_DIGITS_KEY", KEY)
    monkeypatch.setattr("pickup.issuing.secrets.randbelow", lambda _: CANARY)
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


async def ready(pickup: Harness, order: Any) -> PickupCode:
    """The order waits for its shopper; returns its code."""
    await pickup.deliver(order.confirmed())
    return only(await pickup.deliver(order.pick()), PickupCode)


def typed(order: Any, digits: str, key: str = KEY, **other: Any) -> Any:
    """Staff have typed digits."""
    return order.hand_over(digits_hash=digits_hash(key, order.order_id, digits), **other)


@pytest.mark.usefixtures("key")
async def test_digits__of_the_order__are_a_proof_like_the_token(pickup: Harness, a: Any) -> None:
    order = a.order()
    code = await ready(pickup, order)
    collected = only(await pickup.deliver(typed(order, code.digits)), PickupCollected)
    assert collected.proof is HandoverProof.CODE


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("wrong", ["other digits", "another key", "another order", "no key", "what is kept"])
async def test_digits__that_do_not_fit__are_a_wrong_code(pickup: Harness, a: Any, wrong: str) -> None:
    order = a.order()
    code = await ready(pickup, order)
    kept = await pickup.connection.fetchval("SELECT digits_digest FROM pickup_code")
    shown = {
        "other digits": digits_hash(KEY, order.order_id, "000000"),
        "another key": digits_hash("x" * 32, order.order_id, code.digits),
        "another order": digits_hash(KEY, "another", code.digits),
        "no key": code_hash(code.digits),
        "what is kept": kept,
    }[wrong]
    out = await pickup.deliver(order.hand_over(digits_hash=shown))
    assert only(out, CommandRefused).reason == "wrong_code"


async def test_digits__without_a_key__are_never_taken(pickup: Harness, a: Any) -> None:
    order = a.order()
    code = await ready(pickup, order)
    assert only(await pickup.deliver(typed(order, code.digits)), CommandRefused).reason == "wrong_code"
    only(await pickup.deliver(order.hand_over(code_hash=code_hash(code.token))), PickupCollected)


def test_digits_key__too_short__is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSUNAGU_PICKUP_DIGITS_KEY", "too short")
    with pytest.raises(ValidationError, match="digits_key") as refused:
        Settings()
    assert "too short" not in str(refused.value)


@pytest.mark.usefixtures("key")
async def test_wrong_codes__tokens_and_digits_mixed__are_counted_together(pickup: Harness, a: Any) -> None:
    order = a.order()
    code = await ready(pickup, order)
    guesses = [
        typed(order, f"00000{number}")
        if number % 2
        else order.hand_over(code_hash=code_hash(f"guess {number}"))
        for number in range(5)
    ]
    assert not all_of(await pickup.deliver(*guesses[:4]), PickupLocked)
    only(await pickup.deliver(guesses[4]), PickupLocked)
    assert only(await pickup.deliver(typed(order, code.digits)), CommandRefused).reason == "locked"


@pytest.mark.usefixtures("key")
async def test_digits__after_a_rebuild__only_the_new_ones_are_good(
    pickup: Harness, a: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = a.order()
    old = await ready(pickup, order)
    monkeypatch.setattr("pickup.issuing.secrets.randbelow", lambda _: CANARY + 1)
    told = [outgoing for topic, outgoing in await pickup.retell() if topic == PICKUP_CODES.name]
    new = only([decode(PICKUP_CODES, *outgoing).message for outgoing in told], PickupCode)
    assert only(await pickup.deliver(typed(order, old.digits)), CommandRefused).reason == "code_replaced"
    only(await pickup.deliver(typed(order, new.digits)), PickupCollected)


@pytest.mark.usefixtures("key")
async def test_digits__that_the_recipient_before_was_sent__are_void(
    pickup: Harness, a: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed(), order.recipient_changed("recipient:1"))
    old = only(await pickup.deliver(order.pick()), PickupCode)
    monkeypatch.setattr("pickup.issuing.secrets.randbelow", lambda _: CANARY + 1)
    new = only(await pickup.deliver(order.recipient_changed("recipient:2")), PickupCode)
    assert only(await pickup.deliver(typed(order, old.digits)), CommandRefused).reason == "code_replaced"
    only(await pickup.deliver(typed(order, new.digits)), PickupCollected)


@pytest.mark.usefixtures("key")
async def test_digits__whatever_was_done_with_them__are_found_nowhere(
    pickup: Harness, a: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    order, unknown = a.order(), a.order()
    code = await ready(pickup, order)
    assert code.digits == str(CANARY)
    said = [
        *await pickup.deliver(typed(unknown, code.digits, done_offline=True), typed(unknown, code.digits)),
        *await pickup.deliver(*(typed(order, code.digits, location_id=a.other) for _ in range(2))),
        *await pickup.deliver(typed(order, code.digits, key="y" * 32), typed(order, code.digits)),
    ]
    only(said, PickupCollected)
    everything = [*map(repr, said), caplog.text, *capfd.readouterr(), *await _all_rows(pickup)]
    assert len(everything) > 20
    assert [text for text in everything if TRACE.search(text)] == []
    # The trap works: the code itself, which is sent to its readers only, is caught by it.
    assert TRACE.search(code.model_dump_json())


async def _all_rows(pickup: Harness) -> list[str]:
    """Every table with rows as text, bytes too."""
    tables = await pickup.connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    texts = []
    for (table,) in tables:
        for row in await pickup.connection.fetch(f'SELECT * FROM "{table}"'):  # names come from the catalogue
            texts += [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row]
    return texts

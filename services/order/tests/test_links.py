"""Links by which a shopper acts on an order: when they are issued, what ends them, and who keeps their tokens."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from order.domain.links import renew
from order.domain.order import Link, Order
from order.settings import settings
from tsunagu.contracts import messages as m
from tsunagu.contracts.envelope import decode
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import ORDER_LINKS
from tsunagu.contracts.values import ChoiceKind, LinkPurpose, Payment, ReservationCause
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]

SHORT_PICK = ReservationCause.SHORT_PICK
CHOICE, ORDER = LinkPurpose.CHOICE, LinkPurpose.ORDER


@pytest.fixture
def links_for_questions_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`link_days` is 0."""
    monkeypatch.setenv("TSUNAGU_ORDER_LINK_DAYS", "0")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def link_in(messages: Sequence[Message], purpose: LinkPurpose) -> m.OrderLink:
    """The one link of this purpose among what the service sent."""
    return only([link for link in all_of(messages, m.OrderLink) if link.purpose is purpose], m.OrderLink)


def links_of(service: Harness) -> dict[str, bool]:
    """What order.links holds so far: whether the link under each key is still good."""
    records = service.compacted.get(ORDER_LINKS.name, {})
    return {key.decode(): record.value is not None for key, record in records.items()}


async def ask(service: Harness, mother: Any, **answer: Any) -> list[Message]:
    """A confirmed order of which L2 can't be had any more."""
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    return await service.deliver(
        mother.reserved({"L1": 2}, version=2, short={"L2": 1}, cause=SHORT_PICK, **answer)
    )


async def test_confirmed__the_order_has_a_link_that_is_not_kept_here(service: Harness, mother: Any) -> None:
    assert all_of(await service.deliver(mother.place()), m.OrderLink) == []

    sent = await service.deliver(mother.reserved())

    link = only(sent, m.OrderLink)
    assert (link.purpose, link.order_version) == (ORDER, mother.state_in(sent).version)
    assert timedelta(days=13) < link.valid_until - datetime.now(UTC) <= timedelta(days=14)
    tables = await service.connection.fetch(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    assert len(tables) > 10
    for row in tables:
        stored = await service.connection.fetch(f'SELECT t::text FROM "{row["table_name"]}" AS t')
        assert not any(link.token in str(one) for one in stored), row["table_name"]


async def test_order_link__while_something_can_be_changed__is_the_same_and_void_afterwards(
    service: Harness, mother: Any
) -> None:
    key = f"order:{mother.order_id}"
    await service.deliver(mother.place(), mother.reserved())
    for step in (mother.change({"L1": 1}), mother.collected({"L2": 1}), mother.cancel()):
        assert all_of(await service.deliver(step), m.OrderLink) == []
        assert links_of(service) == {key: True}

    await service.deliver(mother.pick_cancelled())

    assert links_of(service) == {key: False}


@pytest.mark.parametrize("end", ["collected", "shipped", "expired"])
async def test_order_link__nothing_left_to_change__is_void(service: Harness, mother: Any, end: str) -> None:
    await service.deliver(mother.place(), mother.reserved(), getattr(mother, end)())
    assert links_of(service) == {f"order:{mother.order_id}": False}


async def test_rejected__no_link_was_issued__none_is_voided(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.rejected({"L1": 2}))
    assert links_of(service) == {}


async def test_question__has_a_link_of_its_own_that_is_good_as_long_as_it_may_be_answered(
    service: Harness, mother: Any
) -> None:
    sent = await ask(service, mother)
    asked, link = only(sent, m.ChoiceRequested), link_in(sent, CHOICE)
    assert link.valid_until == asked.answer_by
    assert all_of(sent, m.OrderLink) == [link], "the order's own link stays as it is"
    lines = {line.line_id: line.in_question_quantity for line in mother.state_in(sent).lines}
    assert lines == {"L1": 0, "L2": 1}


@pytest.mark.parametrize("how", ["changed", "cancelled", "unanswered", "found"])
async def test_question__over__its_link_is_void_and_the_orders_own_is_not(
    service: Harness, mother: Any, how: str
) -> None:
    await ask(service, mother)
    match how:
        case "changed":
            await service.deliver(mother.change({"L2": 1}))
        case "cancelled":
            await service.deliver(mother.cancel({"L2": 1}))
        case "unanswered":
            await service.make_due("choice_unanswered")
        case "found":
            await service.deliver(mother.reserved(version=3, cause=ReservationCause.LATE_PICK))
    assert links_of(service) == {f"choice:{mother.order_id}": False, f"order:{mother.order_id}": True}


async def test_question__asked_anew__has_a_new_link_that_takes_the_place_of_the_old_one(
    service: Harness, mother: Any
) -> None:
    first = link_in(await ask(service, mother), CHOICE)
    again = link_in(
        await service.deliver(mother.reserved({"L1": 1}, version=3, short={"L1": 1}, cause=SHORT_PICK)),
        CHOICE,
    )
    assert again.version > first.version
    assert again.token != first.token
    assert again.valid_until > first.valid_until


async def test_links__for_questions_only__a_confirmed_order_has_none(
    service: Harness, mother: Any, links_for_questions_only: None
) -> None:
    assert all_of(await service.deliver(mother.place(), mother.reserved()), m.OrderLink) == []
    short = await service.deliver(mother.reserved({"L1": 2}, version=2, short={"L2": 1}, cause=SHORT_PICK))
    assert only(short, m.OrderLink).purpose is CHOICE


async def test_options__stores_that_inventory_names__are_offered_with_their_times(
    service: Harness, mother: Any
) -> None:
    sent = await ask(service, mother, alternatives=("umeda", "namba"))
    options = only(sent, m.ChoiceRequested).options
    assert [(one.kind, one.location_id) for one in options] == [
        (ChoiceKind.PICKUP_ELSEWHERE, "umeda"),
        (ChoiceKind.PICKUP_ELSEWHERE, "namba"),
        (ChoiceKind.SHIP, None),
        (ChoiceKind.CANCEL, None),
    ]
    assert options[0].ready_by == mother.now + timedelta(hours=3)
    assert mother.state_in(sent).choice_options == options
    over = await service.deliver(mother.cancel({"L2": 1}))
    assert mother.state_in(over).choice_options == ()


async def test_options__more_is_in_question_than_inventory_looked_for__no_store_is_named(
    service: Harness, mother: Any
) -> None:
    await ask(service, mother, alternatives=("umeda",))
    sent = await service.deliver(
        mother.reserved({"L1": 1}, version=3, short={"L1": 1}, cause=SHORT_PICK, alternatives=("namba",))
    )
    asked = only(sent, m.ChoiceRequested)
    assert sorted(line.line_id for line in asked.lines) == ["L1", "L2"]
    assert asked.options[0].kind is ChoiceKind.PICKUP_ELSEWHERE
    assert asked.options[0].location_id is None


async def test_options__all_that_is_missing_so_far_is_looked_for_anew__the_new_stores_are_named(
    service: Harness, mother: Any
) -> None:
    await ask(service, mother, alternatives=("umeda",))
    sent = await service.deliver(
        mother.reserved(
            {"L1": 1}, version=3, short={"L1": 1, "L2": 1}, cause=SHORT_PICK, alternatives=("namba",)
        )
    )
    assert only(sent, m.ChoiceRequested).options[0].location_id == "namba"


async def test_retelling__links_that_are_good__new_ones_with_higher_versions_take_their_place(
    service: Harness, mother: Any, another_mother: Any
) -> None:
    await service.deliver(another_mother.place(), another_mother.reserved(), another_mother.collected())
    confirmed = only(await service.deliver(mother.place(), mother.reserved()), m.OrderLink)
    short = await service.deliver(mother.reserved({"L1": 2}, version=2, short={"L2": 1}, cause=SHORT_PICK))
    old = {ORDER: confirmed, CHOICE: link_in(short, CHOICE)}
    stands = mother.state_in(short)

    for _ in range(2):
        told = [
            decode(ORDER_LINKS, *record).message
            for topic, record in await service.retell()
            if topic == ORDER_LINKS.name
        ]
        new = {link.purpose: link for link in told if isinstance(link, m.OrderLink)}
        assert len(told) == len(new) == 2
        for purpose, link in new.items():
            assert (link.order_id, link.valid_until) == (mother.order_id, old[purpose].valid_until)
            assert link.version > old[purpose].version
            assert link.token != old[purpose].token
            assert link.order_version == stands.version
        old = new


def test_renew__a_link_whose_time_is_over__is_not_issued_again() -> None:
    now = datetime(2026, 4, 1, tzinfo=UTC)
    links = {ORDER: Link(1, now), CHOICE: Link(2, now + timedelta(minutes=1))}
    order = Order("o", "ec", Payment.PREPAID, now, {}, {}, links=links, links_issued=2)
    renewed = renew(order, now)
    assert (renewed.issued, renewed.void) == ((CHOICE,), ())
    assert renewed.order.links == {ORDER: Link(1, now), CHOICE: Link(3, now + timedelta(minutes=1))}

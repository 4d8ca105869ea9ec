"""A link to a purchase history is proven by the digits that are mailed to its customer, and by nothing else."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagu.contracts import messages as m
from tsunagu.contracts.topics import CUSTOMER_COMMANDS
from tsunagu.testing.harness import Harness, only, record_of

pytestmark = [pytest.mark.component, pytest.mark.wide]


def another(digits: str) -> str:
    """Digits that are not these."""
    return f"{(int(digits) + 1) % 10**8:08d}"


async def test_link__proven_by_the_mailed_digits__shows_what_was_bought_in_every_channel_and_is_told(
    service: Harness, codes: Any, new_buyer: Any, link_to: Any
) -> None:
    buyer = await new_buyer()
    link = link_to(buyer.card)

    [asked] = link.states(await service.deliver(link.asked()))
    assert (asked.proven, asked.guesses_left, asked.purchases) == (False, 5, ())
    [(to, text)] = await codes.mailed()
    assert to == buyer.email
    assert "決して" in text
    digits = next(word for word in text.split() if len(word) == 8 and word.isdigit())

    [proven] = link.states(await service.deliver(link.guess(digits)))
    assert proven.proven
    assert [(one.channel, one.amount_jpy) for one in proven.purchases] == [("ec", 3300), ("store", 1100)]
    assert not proven.has_more
    [(told, said)] = await codes.mailed()
    assert told == buyer.email
    assert "表示される" in said


async def test_link__of_a_number_that_nobody_holds__is_answered_like_a_customer_s(
    service: Harness, codes: Any, new_buyer: Any, link_to: Any, a: Any
) -> None:
    async def said(ref: str) -> list[Any]:
        link = link_to(ref)
        messages = await service.deliver(link.asked())
        await codes.mailed()
        for digits in ("00000000", "00000001", "00000002", "00000003", "00000004", "00000005"):
            messages += await service.deliver(link.guess(digits))
        assert link.is_deleted(service)
        ids = {"link_id", "valid_until", "command_id", "command_key", "occurred_at"}
        return [(type(one), one.model_dump(exclude=ids)) for one in messages]

    buyer = await new_buyer()
    assert await said(buyer.card) == await said(a.ref("card"))


async def test_link__of_a_number_that_nobody_has_named__makes_no_identifier(
    service: Harness, link_to: Any, a: Any
) -> None:
    count = "SELECT count(*) FROM identifier"
    before = await service.connection.fetchval(count)
    await service.deliver(link_to(a.ref("card")).asked())
    assert await service.connection.fetchval(count) == before


async def test_link__without_a_mail_server__sends_no_code(
    service: Harness, new_buyer: Any, link_to: Any
) -> None:
    link = link_to((await new_buyer()).card)
    assert link.states(await service.deliver(link.asked()))
    row = await service.connection.fetchrow("SELECT code, sends_code FROM history_link")
    assert row is not None
    assert (row["code"], row["sends_code"]) == (None, False)


async def test_link__the_right_digits_after_too_many_wrong_ones__open_nothing(
    service: Harness, codes: Any, new_buyer: Any, link_to: Any
) -> None:
    link = link_to((await new_buyer()).card)
    digits = await codes.code_for(link)
    for left in (4, 3, 2, 1):
        [state] = link.states(await service.deliver(link.guess(another(digits))))
        assert (state.proven, state.guesses_left) == (False, left)

    messages = await service.deliver(link.guess(another(digits)), link.guess(digits))
    assert link.states(messages) == []
    assert only(messages, m.CommandRefused).reason == "no_such_link"
    assert link.is_deleted(service)


async def test_link__digits_that_were_sealed_for_another_link__are_wrong(
    service: Harness, codes: Any, new_buyer: Any, link_to: Any
) -> None:
    link = link_to((await new_buyer()).card)
    digits = await codes.code_for(link)
    [state] = link.states(await service.deliver(link.guess(digits, sealed_for="another")))
    assert (state.proven, state.guesses_left) == (False, 4)


async def test_link__a_proof_that_is_not_sealed_for_us__is_refused_and_is_no_guess(
    service: Harness, codes: Any, new_buyer: Any, link_to: Any
) -> None:
    link = link_to((await new_buyer()).card)
    await codes.code_for(link)
    proof = link.guess("00000000").model_copy(update={"sealed": "eyJh.AA.AA.AA.AA"})
    messages = await service.deliver(proof)
    assert only(messages, m.CommandRefused).reason == "not_sealed_for_us"
    assert link.states(messages) == []


async def test_link__its_time_is_over__is_refused_and_ends(
    service: Harness, codes: Any, hours: Any, new_buyer: Any, link_to: Any
) -> None:
    link = link_to((await new_buyer()).card)
    digits = await codes.code_for(link)
    hours.pass_by(minutes=11)
    refused = only(await service.deliver(link.guess(digits)), m.CommandRefused)
    assert refused.reason == "no_such_link"
    await service.make_due("end_history_link")
    assert link.is_deleted(service)


async def test_link__asked_long_ago__is_refused(service: Harness, codes: Any, link_to: Any, a: Any) -> None:
    messages = await service.deliver(link_to(a.ref("card")).asked(at=a.ago(minutes=11)))
    assert only(messages, m.CommandRefused).reason == "too_late"
    assert await codes.mailed() == []


async def test_codes__of_a_customer__are_three_a_day_by_whichever_number_they_are_asked(
    service: Harness, codes: Any, hours: Any, new_buyer: Any, link_to: Any
) -> None:
    buyer = await new_buyer()
    links = [link_to(ref) for ref in (buyer.card, buyer.account, buyer.card, buyer.account)]
    messages = await service.deliver(*(link.asked() for link in links))
    assert len(await codes.mailed()) == 3
    assert all(len(link.states(messages)) == 1 for link in links)

    hours.pass_by(hours=25)
    await service.deliver(link_to(buyer.card).asked())
    assert len(await codes.mailed()) == 1


async def test_code__at_rest_and_on_its_way__is_nowhere_in_the_open(
    service: Harness, codes: Any, new_buyer: Any, link_to: Any
) -> None:
    link = link_to((await new_buyer()).card)
    digits = await codes.code_for(link)
    rows = await service.connection.fetch("SELECT to_jsonb(l)::text AS row FROM history_link AS l")
    rows += await service.connection.fetch("SELECT to_jsonb(n)::text AS row FROM notice AS n")
    assert not [row for row in rows if digits in row["row"]]
    proof = record_of(link.guess(digits))
    assert digits.encode() not in (proof.value or b"")
    await service.deliver(link.guess(digits))
    assert await service.connection.fetchval("SELECT code FROM history_link") is None


async def test_code__that_waits_to_be_mailed_when_its_link_ends__is_not_sent(
    service: Harness, codes: Any, new_buyer: Any, link_to: Any
) -> None:
    link = link_to((await new_buyer()).card)
    await service.deliver(link.asked(), link.ended())
    assert await codes.mailed() == []


async def test_customer__with_too_many_devices__the_oldest_sees_nothing_any_more(
    service: Harness, codes: Any, use_settings: Any, new_buyer: Any
) -> None:
    use_settings.use(history_links_per_customer_max=2)
    buyer = await new_buyer()
    first, second, third = [await codes.proven(ref) for ref in (buyer.card, buyer.account, buyer.card)]
    assert [one.is_deleted(service) for one in (first, second, third)] == [True, False, False]


GUESSES = st.lists(
    st.one_of(st.just("right"), st.integers(1, 9), st.tuples(st.just("again"), st.integers(0, 20))),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(guesses=GUESSES, batch=st.integers(1, 4))
async def test_guesses__in_any_order_and_however_often_each_comes__are_at_most_five_and_only_the_right_one_opens(
    service: Harness,
    codes: Any,
    use_settings: Any,
    new_buyer: Any,
    link_to: Any,
    guesses: list[Any],
    batch: int,
) -> None:
    use_settings.use(history_codes_per_day_max=1_000)
    link = link_to((await new_buyer()).card)
    digits = await codes.code_for(link)
    sent: list[m.ProveHistoryLink] = []
    wrong: set[str] = set()
    opens = False
    for guess in guesses:
        if isinstance(guess, tuple):
            if not sent:
                continue
            command = sent[guess[1] % len(sent)]  # the same command, in a record of its own
        else:
            is_right = guess == "right"
            command = link.guess(digits if is_right else f"{(int(digits) + guess) % 10**8:08d}")
            if not opens and len(wrong) < 5:
                opens = is_right
                wrong |= set() if is_right else {command.proof_id}
        sent.append(command)
    records = [record_of(command) for command in sent]
    for begin in range(0, len(records), batch):
        await service.deliver_records(CUSTOMER_COMMANDS, records[begin : begin + batch])
    states = link.states(await service.sent())

    assert any(state.proven for state in states) == opens
    assert [state.guesses_left for state in states] == sorted(
        (state.guesses_left for state in states), reverse=True
    )
    assert link.is_deleted(service) == (len(wrong) == 5)

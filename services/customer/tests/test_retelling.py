"""For the day on which Kafka is gone: state topics are told as they were, and customers known."""

from datetime import date
from typing import Any

import pytest

from customer import journeys
from customer.retelling import open_keys
from tsunagu.chassis.runtime import Runtime
from tsunagu.contracts.messages import AskHistoryLink, CustomerIdentified, EndHistoryLink
from tsunagu.testing.harness import Harness, all_of
from tsunagu.testing.retold import assert_state_is_retold

pytestmark = pytest.mark.component


async def test_retelling__customers_purchases_tasks_and_some_that_ended__the_state_topics_are_what_they_were(
    service: Harness, runtime: Runtime, a: Any
) -> None:
    cards = [a.ref("card") for _ in range(5)]
    out = await service.deliver(*[a.identification(card) for card in cards])
    customer_ids = [event.customer_id for event in all_of(out, CustomerIdentified)]
    for days, card in enumerate(cards, 1):
        await service.deliver(a.sale(card, at=a.ago(days=days)), a.sale(card, at=a.ago(days=days + 9)))
    sale = a.sale(cards[0])
    await service.deliver(sale, a.sale(None))
    await service.deliver(a.void(sale))
    await service.deliver(a.view(cards[1]), a.placed("O1", cards[1]), a.completed("O1", cards[1]))
    await service.deliver(a.consent(cards[1], granted=True))
    await service.deliver(a.merge(cards[2], cards[3]), a.erasure(cards[4]))
    for day in (4, 5, 6):  # one ref that means several people: a question, asked again
        said = {"given_name": f"花{day}", "birth_date": date(1970 + day, day, day)}
        await service.deliver(a.identification(cards[0], **said))
    asked = [AskHistoryLink(link_id=ref, customer_ref=ref, occurred_at=a.ago(minutes=1)) for ref in cards[:2]]
    ended = EndHistoryLink(link_id=cards[0], ending_id="E1", occurred_at=a.ago(minutes=1))
    await service.deliver(*asked, ended)
    await service.work_due()
    await journeys.tell_days(runtime)
    await service.sent()

    still = await open_keys(service.connection, customer_ids)
    assert len(customer_ids) == 5
    assert len(still) == 3
    await assert_state_is_retold(service)

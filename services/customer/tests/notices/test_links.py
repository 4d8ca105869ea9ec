"""The link by which a shopper acts on an order is in the notices that ask for it, and nowhere else."""

from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from customer import keyring, vault
from customer.postman import forget_old
from customer.settings import Settings
from tsunagu.contracts.topics import ORDER_LINKS
from tsunagu.contracts.values import LinkPurpose
from tsunagu.testing.harness import Harness, delete_of
from tsunagu.testing.mail_server import TestMailServer

pytestmark = [pytest.mark.component, pytest.mark.wide]

URL = "https://shop.example.jp/o/{token}"
OLD, NEW = "o" * 22, "n" * 22


@pytest.fixture
def linking(mail: TestMailServer, use_settings: Any) -> TestMailServer:
    """The mail server, and mails name links."""
    use_settings.use(order_link_url=URL)
    return mail


async def kept(service: Harness) -> int:
    """How many links are kept."""
    return int(await service.connection.fetchval("SELECT count(*) FROM order_link"))


async def test_link__each_notice__names_the_one_of_its_purpose(
    service: Harness, linking: TestMailServer, post: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.link(LinkPurpose.ORDER, OLD), order.link(LinkPurpose.CHOICE, NEW))
    await service.deliver(order.confirmed())
    await post.go_round()
    await service.deliver(order.asked())
    await post.go_round()

    confirmed, choice = (one.text for one in linking.deliveries)
    assert f"https://shop.example.jp/o/{OLD}" in confirmed
    assert f"https://shop.example.jp/o/{NEW}" in choice
    assert NEW not in confirmed
    assert OLD not in choice


async def test_link__that_comes_after_the_event__is_waited_for_and_the_newest_is_named(
    service: Harness, linking: TestMailServer, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.asked())
    await post.go_round()
    assert linking.deliveries == []

    await service.deliver(order.link(LinkPurpose.CHOICE, NEW, version=2), order.link(LinkPurpose.CHOICE, OLD))
    hours.pass_by(seconds=10)
    await post.go_round()

    [delivery] = linking.deliveries
    assert NEW in delivery.text
    assert OLD not in delivery.text


async def test_link__that_never_comes__is_left_out_when_the_wait_is_over(
    service: Harness, linking: TestMailServer, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.asked())
    await post.go_round()
    hours.pass_by(minutes=2)
    await post.go_round()

    [delivery] = linking.deliveries
    assert "https://" not in delivery.text
    assert "ログインせずに" not in delivery.text


async def test_link__at_rest__is_encrypted_for_its_order_and_purpose_and_gone_when_void(
    service: Harness, linking: TestMailServer, order_of: Any
) -> None:
    order = order_of(None, order_id="O1")
    await service.deliver(order.link(LinkPurpose.CHOICE, NEW))

    stored = await service.connection.fetchval("SELECT ciphertext FROM order_link")
    assert NEW.encode() not in stored
    master = keyring.keyring().master
    assert vault.take_link_out(master, stored, "choice:O1") == NEW
    for other in ("order:O1", "choice:O2"):
        with pytest.raises(InvalidTag):
            vault.take_link_out(master, stored, other)
    await service.deliver_records(ORDER_LINKS, [delete_of(order.link(LinkPurpose.CHOICE))])
    assert await kept(service) == 0


async def test_link__time_is_over__is_forgotten(
    service: Harness, linking: TestMailServer, post: Any, hours: Any, order_of: Any
) -> None:
    await service.deliver(order_of(None).link(LinkPurpose.CHOICE))
    await forget_old(post.runtime)
    assert await kept(service) == 1
    hours.pass_by(hours=2)
    await forget_old(post.runtime)
    assert await kept(service) == 0


async def test_link__of_an_order_whose_customer_is_erased__is_forgotten(
    service: Harness, linking: TestMailServer, new_shopper: Any, order_of: Any, a: Any
) -> None:
    ref = await new_shopper()
    order, other = order_of(ref), order_of(await new_shopper("b@example.jp"))
    for one in (order, other):
        await service.deliver(one.link(LinkPurpose.ORDER), one.confirmed())

    await service.deliver(a.erasure(ref))

    rows = await service.connection.fetch("SELECT order_id FROM order_link")
    assert [row["order_id"] for row in rows] == [other.order_id]


async def test_link__no_mail_would_name_it__is_not_kept(
    service: Harness, mail: TestMailServer, order_of: Any
) -> None:
    await service.deliver(order_of(None).link(LinkPurpose.CHOICE))
    assert await kept(service) == 0


@pytest.mark.parametrize(
    "url",
    ["https://shop.example.jp/o/", "ftp://shop/{token}", "https://shop/{token}/{id}", "https://{token}"],
)
def test_link_url__without_a_place_for_the_token_or_with_another__is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="order_link_url"):
        Settings(order_link_url=url)

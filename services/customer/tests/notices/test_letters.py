"""What stands in the mails, word for word, and what a retailer's own texts may be."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from customer import texts
from customer.domain.letters import Wording, letter, written_time
from customer.domain.notices import NoticeKind
from tsunagu.chassis import clock
from tsunagu.chassis.clock import TimeSource
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import LinkPurpose
from tsunagu.testing.harness import Harness

GOLDEN = Path(__file__).with_name("golden")
LANGUAGES = ("ja", "en")
OF_HISTORIES = (NoticeKind.HISTORY_CODE, NoticeKind.HISTORY_LINKED)
OF_ORDERS = tuple(kind for kind in NoticeKind if kind not in OF_HISTORIES)
NINE_IN_JAPAN = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)


UNTIL = NINE_IN_JAPAN + timedelta(days=2, hours=11)


@dataclass
class Clock:
    """The time, standing still."""

    now: datetime


@pytest.fixture
def time() -> Iterator[Clock]:
    """It is nine in the morning of 1 April 2026, in Japan."""
    time = Clock(NINE_IN_JAPAN)
    clock.install(TimeSource(now=lambda: time.now, monotonic=clock.MACHINE.monotonic))
    yield time
    clock.install(clock.MACHINE)


def _news(kind: NoticeKind, order: Any) -> list[Message]:  # noqa: PLR0911 - one case for each kind
    """What has to be said about an order for this notice to go out."""
    match kind:
        case NoticeKind.CONFIRMED:
            return [order.link(LinkPurpose.ORDER), order.confirmed(ready_by=UNTIL)]
        case NoticeKind.CHOICE:
            return [order.link(LinkPurpose.CHOICE), order.asked(answer_by=UNTIL)]
        case NoticeKind.SHIPPED:
            return [order.shipped()]
        case NoticeKind.READY | NoticeKind.REMINDER:
            return [order.code(), order.ready(pickup_by=UNTIL)]
        case NoticeKind.CANCELLED:
            return [order.cancelled(), order.refund(12_345)]
        case NoticeKind.REJECTED:
            return [order.rejected(), order.refund(12_345)]
        case NoticeKind.REFUND:
            return [order.refund(12_345, cause_id="return-1")]
        case _:
            raise AssertionError(f"{kind} is about no order")


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", OF_ORDERS)
async def test_letter__of_each_kind_in_each_language__is_the_golden_one(
    kind: NoticeKind,
    language: str,
    time: Clock,
    service: Harness,
    mail: Any,
    post: Any,
    use_settings: Any,
    new_shopper: Any,
    order_of: Any,
) -> None:
    use_settings.use(mail_from_name="青葉ストア", order_link_url="https://shop.example.jp/o/{token}")
    order = order_of(await new_shopper(language=language), order_id="EC-1001")
    await service.deliver(*_news(kind, order))

    await post.go_round()
    if kind is NoticeKind.REMINDER:
        mail.deliveries.clear()
        time.now = UNTIL - timedelta(hours=24)
        await post.go_round()

    [delivery] = mail.deliveries
    golden = (GOLDEN / f"{kind}.{language}.txt").read_text(encoding="utf-8")
    assert f"{delivery.message['Subject']}\n\n{delivery.text}" == golden
    assert delivery.message["Content-Language"] == language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", OF_HISTORIES)
def test_letter__about_a_purchase_history__is_the_golden_one(kind: NoticeKind, language: str) -> None:
    spoken = texts.load(texts.PACKAGED)[language]
    name = {"ja": "山田 花子", "en": "Hanako Yamada"}[language]
    until = written_time(spoken.style, UNTIL)
    values = {"name": name, "code": "04291704", "until": until, "sender": "青葉ストア"}
    written = letter(spoken.wordings[kind], values)
    golden = (GOLDEN / f"{kind}.{language}.txt").read_text(encoding="utf-8")
    assert f"{written.subject}\n\n{written.body}" == golden


async def test_letter__order_by_parcel__says_nothing_of_a_store() -> None:
    wording = texts.load(texts.PACKAGED)["ja"].wordings[NoticeKind.CONFIRMED]

    written = letter(wording, {"order_id": "EC-1", "pieces": "2", "until": "4月3日（金）20:00"})

    assert "店舗" not in written.body
    assert written.body.startswith("ご注文ありがとうございます。")
    assert written.body.endswith("4月3日（金）20:00\n")


@given(known=st.sets(st.sampled_from(sorted(("name", "store", "until", "code")))))
def test_letter__whatever_is_not_known__loses_its_line_and_no_other(known: set[str]) -> None:
    names = ("name", "store", "until", "code")
    wording = Wording("{order_id}", "\n".join(["begin", *(f"{name}: {{{name}}}" for name in names), "end"]))

    written = letter(wording, {"order_id": "1", **{name: name.upper() for name in known}})

    lines = [f"{name}: {name.upper()}" for name in names if name in known]
    assert written.body == "\n".join(["begin", *lines, "end"]) + "\n"


def test_letter__shows_nothing_in_repr() -> None:
    assert "geheim" not in repr(letter(Wording("geheim", "geheim"), {}))


def _folder(tmp_path: Path, change: tuple[str, str]) -> Path:
    text = (texts.PACKAGED / "en.toml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "en.toml").write_text(text.replace(*change), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("[notice.refund]", "[notice.rebate]"), "rebate"),
        (("Refund: {amount}", "Refund: {sum}"), "there is no place sum"),
        (('"Your refund (order {order_id})"', '"Refund of {amount}"'), "a subject is one line"),
        (('"Your code to see your purchases"', '"Code for {order_id}"'), "it is about no order"),
        (("¥{amount:,}", "¥{sum:,}"), "a place that is not known"),
        (('"Sat", ', ""), "weekdays"),
    ],
    ids=["kind", "place", "subject", "history subject", "amount", "weekdays"],
)
def test_texts__of_a_retailer_that_are_wrong__are_refused_with_what_is_wrong(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    with pytest.raises(ValidationError, match=complaint):
        texts.load(_folder(tmp_path, change))


def test_texts__a_kind_is_missing__is_refused(tmp_path: Path) -> None:
    whole = (texts.PACKAGED / "en.toml").read_text(encoding="utf-8")
    (tmp_path / "en.toml").write_text(whole[: whole.index("[notice.refund]")], encoding="utf-8")

    with pytest.raises(ValidationError, match=r"there is no text for .*refund"):
        texts.load(tmp_path)


def test_texts__none_in_the_language_of_the_settings__are_refused(tmp_path: Path, use_settings: Any) -> None:
    use_settings.use(texts_folder=_folder(tmp_path, ("Dear", "Hello")))
    texts.texts.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"has no ja\.toml"):
            texts.texts()
    finally:
        texts.texts.cache_clear()

"""The page that an order link opens: read without a script, and changed by nothing but its form."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from edge.shopper.order_links.wording import LANGUAGES, language_of, wordings
from tsunagu.contracts import messages as m
from tsunagu.contracts.values import LinkPurpose, OrderStatus
from tsunagu.testing.harness import only

from .conftest import CHOICE_TOKEN, ORDER_TOKEN, LinkedOrder

PAGE = f"/o/{CHOICE_TOKEN}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Page(HTMLParser):
    """A page as a browser takes it in: its elements, and what is read of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == [], "every element that is opened is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "input"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of this name."""
        return [attributes for name, attributes in self.elements if name == tag]


def the_form(page: Page) -> dict[str, str]:
    """What the form of the page sends for its first option."""
    first = next(one for one in page.all("input") if one["type"] == "radio")
    number = next(one for one in page.all("input") if one["name"] == "number")
    return {"choice": first["value"] or "", "number": number["value"] or "", "prefecture": ""}


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.parametrize("language", LANGUAGES)
async def test_page__in_each_language__has_what_is_asked_and_a_form_for_every_option(
    shopper_door: Any, order: LinkedOrder, language: str
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        answered = await door.client.get(PAGE, params={"lang": language})
        page = Page(answered.text)
        other = Page((await door.client.get(PAGE + (page.all("a")[0]["href"] or ""))).text)
    assert answered.headers["content-type"] == "text/html; charset=utf-8"
    assert page.all("html") == [{"lang": language}]
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("legend")) == 1
    assert [one["value"] for one in page.all("input") if one["type"] == "radio"] == [
        "pickup_elsewhere:S002",
        "ship",
        "cancel",
    ]
    assert len(page.all("label")) == 4  # and the list of prefectures
    assert len(page.all("option")) == 48
    assert [one["method"] for one in page.all("form")] == ["post"]
    assert not page.all("script")
    assert not page.all("img")
    assert {"ja": "シャツ", "en": "Shirt"}[language] in page.text
    assert {"ja": "S002店で受け取る", "en": "Pick up at Store S002"}[language] in page.text
    assert other.all("html") == [{"lang": next(one for one in LANGUAGES if one != language)}]


@pytest.mark.wide
@pytest.mark.component
async def test_page__form_is_sent__leads_to_the_page_that_shows_the_answer(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        form = the_form(Page((await door.client.get(PAGE)).text))
        posted = await door.client.post(PAGE, data=form)
        twice = await door.client.post(PAGE, data={**form, "choice": "cancel"})
        waiting = await door.client.get(PAGE + posted.headers["location"])
        command = only(
            [one for one in await door.service.sent() if isinstance(one, m.ChangeFulfilment)],
            m.ChangeFulfilment,
        )
        await order.outcome(door, command, None)
        await order.void(door, LinkPurpose.CHOICE)
        done = await door.client.get(PAGE, params={"lang": "en"})
    assert (posted.status_code, posted.headers["location"]) == (303, "?lang=ja")
    assert (twice.status_code, twice.headers["location"]) == (303, "?lang=ja")
    assert command.location_id == "S002"
    assert "S002店でのお受け取りをお選びいただきました。" in Page(waiting.text).text
    assert "ただいま手続き中です" in waiting.text
    assert not Page(waiting.text).all("form")
    assert "You asked to pick up at Store S002." in done.text
    assert "It is done." in done.text


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({"choice": "ship", "prefecture": "JP-27"}, ["JP-27"]),
        ({"choice": "cancel", "prefecture": "JP-27"}, [None]),
        ({"choice": "ship", "prefecture": ""}, []),
        ({"choice": "pickup_elsewhere"}, []),
        ({"choice": "pickup_elsewhere:S009"}, []),
        ({"choice": "keep"}, []),
        ({"number": "1"}, []),
        ({"choice": "cancel", "number": "x"}, []),
        ({f"f{n}": "x" for n in range(50)}, []),
    ],
    ids=range(9),
)
async def test_page__what_a_form_says__is_taken_or_answered_with_a_page(
    shopper_door: Any, order: LinkedOrder, fields: dict[str, str], sent: list[str | None]
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        posted = await door.client.post(PAGE, data=fields)
        commands = await door.service.sent()
    assert posted.status_code == (303 if sent else 422)
    assert [getattr(one, "prefecture", None) for one in commands] == sent
    if not sent:
        assert "いずれかをお選びください。" in Page(posted.text).text


@pytest.mark.wide
@pytest.mark.component
async def test_page__looked_at_by_any_means__changes_nothing(shopper_door: Any, order: LinkedOrder) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
            await door.client.request(method, PAGE, params={"choice": "cancel", "number": "1"}, headers=FORM)
            await door.client.request(
                method, f"/v1/order-links/{CHOICE_TOKEN}/answers", params={"kind": "cancel"}
            )
        answers = await door.service.connection.fetchval("SELECT count(*) FROM link_answer")
        sent = await door.service.sent()
    assert (answers, sent) == (0, [])


@pytest.mark.wide
@pytest.mark.component
async def test_page__body_of_another_kind__is_refused(shopper_door: Any, order: LinkedOrder) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        as_json = await door.client.post(PAGE, json={"kind": "cancel"})
        as_form = await door.client.post(f"/v1/order-links/{CHOICE_TOKEN}/answers", data={"kind": "cancel"})
        binary = await door.client.post(PAGE, content=b"choice=\xff", headers=FORM)
        sent = await door.service.sent()
    assert (as_json.status_code, as_form.status_code, binary.status_code) == (415, 415, 422)
    assert sent == []


@pytest.mark.wide
@pytest.mark.component
async def test_page__whatever_is_answered__is_kept_by_no_cache_and_told_to_no_other_site(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        pages = [
            await door.client.get(PAGE),
            await door.client.get("/o/guessed"),
            await door.client.post(PAGE, data={"choice": "keep"}),
            await door.client.post(PAGE, data={"choice": "cancel"}),
        ]
        others = [await door.client.get(f"/v1/order-links/{token}") for token in (CHOICE_TOKEN, "guessed")]
    assert [one.status_code for one in pages] == [200, 404, 422, 303]
    for one in pages + others:
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in one.headers
    for one in pages:
        policy = one.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert one.headers["x-frame-options"] == "DENY"
        assert "noindex" in one.headers["x-robots-tag"]


@pytest.mark.wide
@pytest.mark.component
async def test_page__guessed_and_too_old__are_the_same_page(shopper_door: Any, order: LinkedOrder) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        await order.void(door, LinkPurpose.CHOICE)
        old, guessed = await door.client.get(PAGE), await door.client.get("/o/" + "x" * 22)
    assert (old.status_code, old.content, dict(old.headers)) == (404, guessed.content, dict(guessed.headers))
    assert "このリンクは無効か、期限が過ぎています。" in Page(old.text).text


@pytest.mark.wide
@pytest.mark.component
async def test_page__asked_too_often_from_an_address__is_a_page_that_says_so(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door(requests_per_second=0.001, requests_burst=2) as door:
        await order.tell(door)
        answers = [await door.client.get("/o/" + str(n) * 22) for n in range(3)]
        program = await door.client.get(f"/v1/order-links/{CHOICE_TOKEN}")
    assert [one.status_code for one in answers] == [404, 404, 429]
    assert answers[2].headers["retry-after"]
    assert "しばらくしてから" in Page(answers[2].text).text
    assert program.status_code == 429


@pytest.mark.wide
@pytest.mark.component
async def test_page__names_with_markup_in_them__are_read_as_they_are(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door, asked=0)
        answered = await door.client.get(f"/o/{ORDER_TOKEN}")
    page = Page(answered.text)
    assert not page.all("b")
    assert "<b>碗</b>" in page.text


@pytest.mark.wide
@pytest.mark.component
async def test_page__nothing_can_be_changed__says_so_without_a_form(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door, asked=0)
        shipped = order.state(asked=0)
        under_way = [line.model_copy(update={"shipped_quantity": line.quantity}) for line in shipped.lines]
        await door.service.deliver(
            shipped.model_copy(update={"lines": tuple(under_way), "status": OrderStatus.SHIPPED})
        )
        page = Page((await door.client.get(f"/o/{ORDER_TOKEN}", params={"lang": "en"})).text)
    assert "Nothing about this order can be changed at the moment." in page.text
    assert not page.all("form")


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        (None, "", "ja"),
        (None, "en-US,en;q=0.9,ja;q=0.8", "en"),
        (None, "de,fr;q=0.9", "ja"),
        (None, "ja;q=0.3,en;q=0.7", "en"),
        (None, "en;q=x,ja", "ja"),
        ("en", "ja", "en"),
        ("xx", "en", "en"),
    ],
)
def test_language__is_the_one_asked_for_else_the_one_liked_best(
    wanted: str | None, accepted: str, language: str
) -> None:
    assert language_of(wanted, accepted) == language


def test_texts__every_language__says_the_same_things_with_the_same_places() -> None:
    def places(value: Any, path: str = "") -> dict[str, set[str]]:
        if isinstance(value, dict):
            return {
                name: found for key in value for name, found in places(value[key], f"{path}/{key}").items()
            }
        return {path: set(re.findall(r"{(\w+)}", value)) if isinstance(value, str) else set()}

    ja, en = (
        places(wordings()[language].model_dump(mode="json", exclude={"time"})) for language in LANGUAGES
    )
    assert ja == en

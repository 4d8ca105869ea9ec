"""A guest sees the purchases of whoever proves by mail that they are theirs; nobody else's guest does."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from edge.shopper.histories.keeping import forget_old
from tsunagu.chassis import clock
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.topics import CUSTOMER_HISTORIES
from tsunagu.contracts.values import HistoryLine, HistoryProof, HistoryPurchase
from tsunagu.testing.harness import all_of, delete_of, only
from tsunagu.testing.traces import everything_stored, found_in

from .conftest import a_shop, another_guest, post

pytestmark = [pytest.mark.component, pytest.mark.wide]

SEALING = ECKey.generate_key("P-256", private=True, auto_kid=True)
CARD = {"kind": "member_card", "number": "４００５-1234 5678"}


@asynccontextmanager
async def a_shop_with_histories(open_door: Any, a: Any, folder: Path, **limits: Any) -> AsyncIterator[Any]:
    file = folder / "sealing.json"
    file.write_text(json.dumps(SEALING.as_dict(private=False)))
    async with a_shop(open_door, a, sealing_key_file=file, **limits) as door:
        yield door


def history(link_id: str, *, version: int = 1, proven: bool = True, **values: Any) -> m.CustomerHistory:
    """What customer says of a link: one purchase in a store, once it is proven."""
    bought = HistoryPurchase(
        day="2026-04-01",
        channel="store",
        location_id="S001",
        lines=(
            HistoryLine(sku="TEA", quantity=2, amount_jpy=258, returned_quantity=1),
            HistoryLine(sku="GONE", quantity=1, amount_jpy=100),
        ),
        amount_jpy=229,
    )
    return m.CustomerHistory(
        version=version,
        link_id=link_id,
        proven=proven,
        guesses_left=values.pop("guesses_left", 5),
        valid_until=clock.now() + timedelta(minutes=10),
        purchases=(bought,) if proven else (),
        **values,
    )


async def asked(door: Any) -> m.AskHistoryLink:
    """A link that this browser asks for."""
    answer = await post(door, "/v1/history-link", CARD)
    assert answer.status_code == 202, answer.text
    return only(await door.service.sent(), m.AskHistoryLink)


async def seen(door: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await door.client.get("/v1/history")).json()
    return answer


async def test_history__asked_proven_and_ended__is_shown_in_between(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_with_histories(open_door, a, tmp_path) as door:
        assert (await seen(door))["state"] == "none"
        ask = await asked(door)
        assert ask.customer_ref == "card:400512345678"
        assert (await seen(door))["state"] == "asked"

        answer = await post(door, "/v1/history-link/proofs", {"digits": "12345678"})
        assert answer.status_code == 202
        proof = only(await door.service.sent(), m.ProveHistoryLink)
        opened = jwe.decrypt_compact(proof.sealed, SEALING, algorithms=["ECDH-ES", "A256GCM"]).plaintext
        assert HistoryProof.model_validate_json(opened or b"") == HistoryProof(
            link_id=ask.link_id, digits="12345678"
        )
        assert proof.link_id == ask.link_id

        await door.service.deliver(history(ask.link_id, version=2, has_more=True))
        shown = await seen(door)
        assert (shown["state"], shown["has_more"]) == ("proven", True)
        [bought] = shown["purchases"]
        assert (bought["day"], bought["channel"], bought["amount_jpy"]) == ("2026-04-01", "store", 229)
        assert bought["place_ja"]
        assert [line.get("name_ja") for line in bought["lines"]] == ["お茶", None]

        ours = {"X-Tsunagu-Request": "1"}
        for _ in range(2):
            assert (await door.client.delete("/v1/history-link", headers=ours)).status_code == 204
        assert only(await door.service.sent(), m.EndHistoryLink).link_id == ask.link_id
        assert (await seen(door))["state"] == "none"


async def test_history__of_another_guest_or_nobody__is_not_shown_and_not_changed(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_with_histories(open_door, a, tmp_path) as door:
        ask = await asked(door)
        await door.service.deliver(history(ask.link_id))
        paths = (await door.client.get("/openapi.json")).json()["paths"]
        routes = {(method, path) for path, ways in paths.items() if "history" in path for method in ways}
        assert routes == {
            ("get", "/v1/history"),
            ("post", "/v1/history-link"),
            ("post", "/v1/history-link/proofs"),
            ("delete", "/v1/history-link"),
        }
        bodies = {"/v1/history-link": CARD, "/v1/history-link/proofs": {"digits": "12345678"}}
        async with another_guest(door) as other, another_guest(door) as nobody:
            await other.post("/v1/quotes", json={}, headers={"X-Tsunagu-Request": "1"})
            for client in (other, nobody):
                for method, path in sorted(routes):
                    answer = await client.request(
                        method,
                        path,
                        headers={"X-Tsunagu-Request": "1", "Idempotency-Key": uuid7()},
                        json=bodies.get(path) if method == "post" else None,
                    )
                    assert answer.status_code < 500
                    assert "お茶" not in answer.text
                    assert ask.link_id not in answer.text
        touched = [
            one
            for one in await door.service.sent()
            if isinstance(one, m.ProveHistoryLink | m.EndHistoryLink) and one.link_id == ask.link_id
        ]
        assert touched == []
        assert (await seen(door))["state"] == "proven"


async def test_changes__without_our_own_pages_header__are_refused(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_with_histories(open_door, a, tmp_path) as door:
        await asked(door)
        key = {"Idempotency-Key": uuid7()}
        answers = [
            await door.client.post("/v1/history-link", json=CARD, headers=key),
            await door.client.post("/v1/history-link/proofs", json={"digits": "12345678"}, headers=key),
            await door.client.delete("/v1/history-link"),
        ]
        assert [one.status_code for one in answers] == [403, 403, 403]


async def test_link__asked_again__ends_the_one_before(open_door: Any, a: Any, tmp_path: Path) -> None:
    async with a_shop_with_histories(open_door, a, tmp_path) as door:
        first = await asked(door)
        await door.service.deliver(history(first.link_id))
        await post(door, "/v1/history-link", {"kind": "ec_account", "number": "Hanako-7"})
        sent = await door.service.sent()
        assert only(sent, m.EndHistoryLink).link_id == first.link_id
        assert only(sent, m.AskHistoryLink).customer_ref == "ec:hanako-7"
        assert (await seen(door))["state"] == "asked"


async def test_ask__twice_with_one_key__is_one_and_what_is_kept_leads_to_no_number(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_with_histories(open_door, a, tmp_path) as door:
        await post(door, "/v1/quotes", {"lines": [{"sku": "SKU-1", "quantity": 1}], "location_id": "S001"})
        key = uuid7()
        answers = [await post(door, "/v1/history-link", CARD, Idempotency_Key=key) for _ in range(2)]
        other = await post(door, "/v1/history-link", {**CARD, "number": "1"}, Idempotency_Key=key)
        assert [one.status_code for one in (*answers, other)] == [202, 202, 422]
        assert len(all_of(await door.service.sent(), m.AskHistoryLink)) == 1
        stored = b"\n".join((await everything_stored(door.service.connection)).values())
        assert found_in(stored, ("400512345678",)) == set()


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "member_card", "number": ""},
        {"kind": "ec_account", "number": "hanako@example.jp"},
        {"kind": "passport", "number": "1"},
        {"kind": "member_card", "number": "1", "email": "mine@example.jp"},
    ],
    ids=str,
)
async def test_ask__what_is_no_number__is_refused(
    open_door: Any, a: Any, tmp_path: Path, body: dict[str, str]
) -> None:
    async with a_shop_with_histories(open_door, a, tmp_path) as door:
        assert (await post(door, "/v1/history-link", body)).status_code == 422
        assert await door.service.sent() == []


async def test_link__customer_ends_it__is_gone_and_its_code_has_nothing_to_open(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_with_histories(open_door, a, tmp_path) as door:
        state = history((await asked(door)).link_id)
        await door.service.deliver(state)
        await door.service.deliver_records(CUSTOMER_HISTORIES, [delete_of(state)])
        assert (await seen(door))["state"] == "none"
        assert (await post(door, "/v1/history-link/proofs", {"digits": "12345678"})).status_code == 404
        assert await door.service.connection.fetchval("SELECT count(*) FROM history_link") == 0


async def test_history__of_a_link_that_nobody_has_here_or_older__is_not_kept(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_with_histories(open_door, a, tmp_path) as door:
        ask = await asked(door)
        await door.service.deliver(history("elsewhere"), history(ask.link_id, version=3))
        await door.service.deliver(history(ask.link_id, version=2, proven=False, guesses_left=1))
        assert (await seen(door))["state"] == "proven"
        assert await door.service.connection.fetchval("SELECT count(*) FROM history_link") == 1


async def test_asking__too_often_from_one_address__is_slowed_down(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_with_histories(open_door, a, tmp_path, history_requests_burst=2) as door:
        codes = [(await post(door, "/v1/history-link", CARD)).status_code for _ in range(3)]
        assert codes == [202, 202, 429]


async def test_shop__without_a_key_to_seal_with__shows_no_purchases(open_door: Any, a: Any) -> None:
    async with a_shop(open_door, a) as door:
        assert (await post(door, "/v1/history-link", CARD)).status_code == 404


async def test_link__of_a_guest_whose_cookie_has_ended__is_forgotten(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_with_histories(open_door, a, tmp_path) as door:
        await asked(door)
        await forget_old(door.runtime)
        connection = door.service.connection
        assert await connection.fetchval("SELECT count(*) FROM history_link") == 1
        await connection.execute("UPDATE history_link SET asked_at = asked_at - interval '401 days'")
        await forget_old(door.runtime)
        assert await connection.fetchval("SELECT count(*) FROM history_link") == 0

"""Signing in: who gets a session, what it opens, when it ends, and how many passwords may be tried."""

import asyncio
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from edge.signing_in.__main__ import main
from edge.signing_in.accounts import read_accounts
from edge.signing_in.passwords import fits, hash_of
from tsunagu.chassis import clock
from tsunagu.contracts import messages as m
from tsunagu.testing.harness import only

pytestmark = pytest.mark.component

OURS = {"X-Tsunagu-Request": "1"}
PASSWORD = "correct horse battery"
HASH = hash_of(PASSWORD)
OTHER_HASH = hash_of("another password of hers")


def an_account(**changes: Any) -> dict[str, Any]:
    return {"password_hash": HASH, "holder": "S001", "rights": [], "language": "ja", **changes}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Accounts: sato in store S001, mori in S002."""
    path = tmp_path / "accounts.json"
    write(path, sato=an_account(), mori=an_account(holder="S002"))
    return path


def write_text(path: Path, text: str) -> None:
    path.write_text(text)


def write(path: Path, **accounts: Any) -> None:
    write_text(path, json.dumps(accounts))


async def sign_in(door: Any, user: str = "sato", password: str = PASSWORD, **headers: str) -> httpx.Response:
    answer: httpx.Response = await door.client.post(
        "/v1/sign-in", json={"user": user, "password": password}, headers={**OURS, **headers}
    )
    return answer


@contextmanager
def later(**passed: float) -> Iterator[None]:
    """The clock has gone on by so much."""
    moved = timedelta(**passed)
    machine = clock.MACHINE
    clock.install(
        clock.TimeSource(
            lambda: datetime.now(UTC) + moved, lambda: machine.monotonic() + moved.total_seconds()
        )
    )
    try:
        yield
    finally:
        clock.install(machine)


async def test_sign_in__opens_what_the_accounts_holder_may_and_the_cookie_is_kept_from_scripts(
    open_door: Any, file: Path
) -> None:
    async with open_door("staff", accounts_file=file, public_url="http://edge") as door:
        before = await door.client.get("/v1/me")
        answer = await sign_in(door, user=" ＳＡＴＯ ")
        me = await door.client.get("/v1/me")
        tasks = await door.client.get("/v1/tasks")
        lists = await door.client.get("/v1/task-lists")
    assert (before.status_code, answer.status_code) == (401, 204)
    assert me.json() == {"holder": "S001", "user": "sato", "rights": [], "language": "ja"}
    assert tasks.json()["location_id"] == "S001"
    assert lists.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(r"tsunagu-staff=[\w-]{43}; HttpOnly; Max-Age=43200; Path=/; SameSite=strict", cookie)


async def test_cookie__over_https__is_for_this_host_and_https_alone(open_door: Any, file: Path) -> None:
    for public_url in (None, "https://staff.example.jp"):
        async with open_door("staff", accounts_file=file, public_url=public_url) as door:
            cookie = (await sign_in(door)).headers["set-cookie"]
        assert cookie.startswith("__Host-tsunagu-staff=")
        assert cookie.endswith("; Path=/; SameSite=strict; Secure")


async def test_session__of_a_store__gives_commands_as_the_store_and_nobody_else(
    open_door: Any, file: Path
) -> None:
    pause = {"location_id": "S002", "until": "2030-01-01T00:00:00Z"}
    async with open_door("staff", accounts_file=file, public_url="http://edge") as door:
        await sign_in(door)
        headers = {**OURS, "Idempotency-Key": "k1"}
        forged = await door.client.post("/v1/pickup-resumptions", json=pause, headers=headers)
        given = await door.client.post("/v1/pickup-resumptions", json={}, headers=headers)
        sent = only(await door.service.sent(), m.ResumePickup)
    assert forged.status_code == 422
    assert given.status_code == 202, given.text
    assert sent.location_id == "S001"


async def test_change__with_a_cookie_from_another_page__is_refused(open_door: Any, file: Path) -> None:
    async with open_door("staff", accounts_file=file, public_url="http://edge") as door:
        await sign_in(door)
        for headers in (
            {},
            {"X-Tsunagu-Request": "0"},
            {**OURS, "Sec-Fetch-Site": "cross-site"},
            {**OURS, "Sec-Fetch-Site": "same-site"},
        ):
            for path in ("/v1/pickup-resumptions", "/v1/sign-out", "/v1/sign-in"):
                body = {"user": "sato", "password": PASSWORD} if path == "/v1/sign-in" else {}
                answer = await door.client.post(path, json=body, headers={**headers, "Idempotency-Key": "k1"})
                assert (answer.status_code, answer.json()["type"]) == (
                    403,
                    "urn:tsunagu:problem:other-page",
                )
        assert await door.service.sent() == []
        kept = await door.client.get("/v1/me", headers={"Sec-Fetch-Site": "same-origin"})
        allowed = await door.client.post(
            "/v1/pickup-resumptions",
            json={},
            headers={**OURS, "Sec-Fetch-Site": "same-origin", "Idempotency-Key": "k2"},
        )
        preflight = await door.client.options("/v1/sign-in", headers={"Origin": "https://evil.example"})
    assert (kept.status_code, allowed.status_code) == (200, 202)
    assert not [name for name in preflight.headers if name.startswith("access-control")]


async def test_sign_out__ends_the_session_for_whoever_has_its_secret(open_door: Any, file: Path) -> None:
    async with open_door("staff", accounts_file=file, public_url="http://edge") as door:
        await sign_in(door)
        stolen = dict(door.client.cookies)
        answer = await door.client.post("/v1/sign-out", headers=OURS)
        again = await door.client.post("/v1/sign-out", headers=OURS)
        door.client.cookies.update(stolen)
        after = await door.client.get("/v1/me")
    assert (answer.status_code, again.status_code) == (204, 204)
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (after.status_code, after.json()["type"]) == (401, "urn:tsunagu:problem:signed-out")


async def test_session__is_another_after_each_sign_in_and_its_secret_is_kept_nowhere(
    open_door: Any, file: Path
) -> None:
    async with open_door("staff", accounts_file=file, public_url="http://edge") as door:
        await sign_in(door)
        first = door.client.cookies["tsunagu-staff"]
        await sign_in(door)
        second = door.client.cookies["tsunagu-staff"]
        kept = await door.service.connection.fetch("SELECT * FROM web_session")
        door.client.cookies.clear()
        door.client.cookies["tsunagu-staff"] = first
        old = await door.client.get("/v1/me")
    assert first != second
    assert old.status_code == 401
    assert len(kept) == 1
    assert second.encode() not in str(dict(kept[0])).encode()


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "é" * 43, "x" * 5_000])
async def test_session__of_a_made_up_secret__opens_nothing(open_door: Any, file: Path, cookie: str) -> None:
    async with open_door("staff", accounts_file=file, public_url="http://edge") as door:
        raw = f"tsunagu-staff={cookie}".encode("latin-1")
        answer = await door.client.get("/v1/tasks", headers={b"Cookie": raw})
    assert answer.status_code == 401


async def test_session__unused_for_an_hour_or_older_than_a_shift__has_ended(
    open_door: Any, file: Path
) -> None:
    async def at(door: Any, **passed: float) -> int:
        with later(**passed):
            return int((await door.client.get("/v1/me")).status_code)

    async with open_door("staff", accounts_file=file, public_url="http://edge") as door:
        await sign_in(door)
        in_use = [await at(door, minutes=minutes) for minutes in range(50, 12 * 60, 50)]
        too_old = await at(door, minutes=12 * 60 + 1)
        await sign_in(door)
        idle = await at(door, minutes=61)
        with later(minutes=61):
            for periodic in door.service.service.periodic:
                await periodic.run(door.runtime)
        kept = await door.service.connection.fetchval("SELECT count(*) FROM web_session")
    assert set(in_use) == {200}
    assert (too_old, idle, kept) == (401, 401, 0)


async def test_account__removed_or_with_a_new_password__ends_its_sessions_at_once(
    open_door: Any, file: Path
) -> None:
    async def asked(door: Any) -> int:
        return int((await door.client.get("/v1/me")).status_code)

    async with open_door("staff", accounts_file=file, public_url="http://edge") as door:
        await sign_in(door)
        write(file, sato=an_account(rights=["operate"], language="en"))
        with_right = (await door.client.get("/v1/me")).json()
        write(file, sato=an_account(password_hash=OTHER_HASH))
        changed = await asked(door)
        write(file, sato=an_account())
        await sign_in(door)
        write_text(file, "{ no json")
        unreadable = await asked(door)
        write(file, mori=an_account())
        removed = await asked(door)
    assert (with_right["rights"], with_right["language"]) == (["operate"], "en")
    assert (changed, unreadable, removed) == (401, 200, 401)


async def test_password__wrong_or_of_nobody__is_refused_alike(open_door: Any, file: Path) -> None:
    async with open_door("staff", accounts_file=file, public_url="http://edge") as door:
        answers = [await sign_in(door, user, "a wrong password") for user in ("sato", "nobody")]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].json() == answers[1].json()
    assert not any("set-cookie" in answer.headers for answer in answers)


async def test_tries__after_five_wrong_passwords__not_even_the_right_one_is_taken_for_a_while(
    open_door: Any, file: Path
) -> None:
    async with open_door("staff", accounts_file=file, public_url="http://edge") as door:
        for user in ("sato", "nobody"):
            wrong = await asyncio.gather(*(sign_in(door, user, "a wrong password") for _ in range(8)))
            assert sorted(answer.status_code for answer in wrong) == [401] * 5 + [429] * 3
        locked = await sign_in(door)
        other = await sign_in(door, "mori")
        with later(minutes=16):
            after = await sign_in(door)
    assert (locked.status_code, other.status_code, after.status_code) == (429, 204, 204)
    assert 800 < int(locked.headers["retry-after"]) <= 901


@pytest.mark.wide  # dozens of passwords, each meant to be slow
async def test_tries__from_everywhere__lock_an_account_later_than_those_of_one_address(
    open_door: Any, file: Path
) -> None:
    limits = {"sign_in_failures_max": 2, "sign_in_failures_spread_max": 4}
    async with open_door("staff", accounts_file=file, public_url="http://edge", **limits) as door:
        mounted = door.client._transport.app

        async def from_address(number: int, user: str, password: str) -> int:
            transport = httpx.ASGITransport(app=mounted, client=(f"192.0.2.{number}", 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
                body = {"user": user, "password": password}
                return (await client.post("/v1/sign-in", json=body, headers=OURS)).status_code

        here = [await from_address(1, "sato", "wrong") for _ in range(3)]
        elsewhere = await from_address(2, "sato", PASSWORD)
        spread = [await from_address(number, "sato", "wrong") for number in (3, 4, 5)]
        right = await from_address(6, "sato", PASSWORD)
        many = [await from_address(9, f"user{number}", "wrong") for number in range(5)]
        neighbour = await from_address(10, "mori", PASSWORD)
    assert here == [401, 401, 429]
    assert elsewhere == 204
    assert spread == [401, 429, 429]  # 3 were counted at the first address, and the right one counts no more
    assert right == 429
    assert many == [401] * 4 + [429]
    assert neighbour == 204


@pytest.mark.wide  # dozens of passwords, each meant to be slow
async def test_tries__a_right_password__makes_the_wrong_ones_before_it_typing_errors(
    open_door: Any, file: Path
) -> None:
    async with open_door("staff", accounts_file=file, public_url="http://edge") as door:
        for _ in range(3):
            for _ in range(4):
                assert (await sign_in(door, password="wrong")).status_code == 401
            assert (await sign_in(door)).status_code == 204


async def test_metrics_and_log__say_how_it_ended_and_name_nobody(
    open_door: Any, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def counted(outcome: str) -> float:
        return REGISTRY.get_sample_value("tsunagu_edge_sign_ins_total", {"outcome": outcome}) or 0.0

    before = {outcome: counted(outcome) for outcome in ("signed_in", "refused", "locked")}
    async with open_door("staff", accounts_file=file, public_url="http://edge") as door:
        await sign_in(door)
        for _ in range(7):
            await sign_in(door, password="a wrong password")
    assert {outcome: counted(outcome) - before[outcome] for outcome in before} == {
        "signed_in": 1,
        "refused": 5,
        "locked": 2,
    }
    logged = capsys.readouterr()
    assert "sato" not in logged.out + logged.err
    assert "wrong password" not in logged.out + logged.err


async def test_processes__without_accounts__know_no_session(open_door: Any) -> None:
    async with open_door("partner") as door:
        answer = await door.client.post("/v1/sign-in", json={}, headers=OURS)
        asked = await door.client.get("/v1/orders/o1", headers={"Cookie": f"tsunagu-partner={'x' * 43}"})
    assert (answer.status_code, asked.status_code) == (404, 401)


def test_command__makes_an_account_that_can_sign_in__and_removes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "accounts.json"
    main(["add", "Sato", "--holder", "S001", "--right", "operate", "--language", "en", "--file", str(path)])
    password = capsys.readouterr().out.strip().rpartition(" ")[2]
    account = read_accounts(path)["sato"]
    assert re.fullmatch(r"([a-z2-9]{6}-){3}[a-z2-9]{6}", password)
    assert password not in path.read_text()
    assert (account.holder, account.language) == ("S001", "en")
    assert account.rights == {"operate"}
    assert path.stat().st_mode & 0o077 == 0
    main(["remove", "sato", "--file", str(path)])
    assert read_accounts(path) == {}
    with pytest.raises(SystemExit, match="no account"):
        main(["remove", "sato", "--file", str(path)])
    with pytest.raises(SystemExit, match="pattern"):
        main(["add", "佐藤", "--holder", "S001", "--file", str(path)])


@pytest.mark.parametrize(
    ("password", "good"),
    [("x" * 11, False), ("x" * 12, True), ("パスワード と 空白 ok", True), ("x" * 201, False)],
)
def test_command__a_chosen_password__has_at_least_twelve_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str, good: bool
) -> None:
    path = tmp_path / "accounts.json"
    arguments = ["add", "sato", "--holder", "S001", "--ask", "--file", str(path)]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    if good:
        main(arguments)
        assert fits(password, read_accounts(path)["sato"].password_hash)
    else:
        with pytest.raises(SystemExit, match="12 to 200 characters"):
            main(arguments)
    assert path.exists() == good

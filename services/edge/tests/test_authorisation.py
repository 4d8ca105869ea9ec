"""Nobody sees or changes another's object: every route that the OpenAPI document of a process names is tried.

A new route is found by itself. One with a parameter in its path that this page does not know, or with a body and no
example here, fails until somebody says whose the object is.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge.signing_in.passwords import hash_of
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.testing.harness import only

pytestmark = pytest.mark.component

PASSWORD = "correct horse battery"
CANARY = "owners-own"
"""What every id of the owner's objects begins with: it must stand in no answer to anybody else."""

HOLDERS = {"partner": ("app", "ec"), "staff": ("S001", "S002"), "board": ("ceo", "cfo")}
"""Of each process: whose the objects are, and who else asks."""

EVERYBODYS = {
    "partner": {"sku_or_gtin"},
    # Goods of an order may come back to any store, which knows its id from the receipt.
    "staff": {"sku_or_gtin", "carrier", "order_id"},
    # What is asked about the company's figures, executives share.
    "board": {"trial_id", "question_id", "day"},
}
"""Of each process, the parameters of paths that name what any holder may see."""

WITHOUT_KEY = {("post", "/v1/sign-in"), ("post", "/v1/sign-out")}
"""What is asked by people who are not signed in; changing anything by it needs a password or a session."""

BODIES: dict[str, Any] = {
    "/v1/orders/{order_id}/cancellations": {},
    "/v1/orders/{order_id}/changes": {"group_id": "g1", "method": "pickup", "location_id": "S009"},
    "/v1/orders/{order_id}/recipient-changes": {"recipient_ref": "to:somebody"},
    "/v1/orders/{order_id}/returns": {
        "location_id": "S001",
        "lines": [{"line_id": "l1", "sku": "SKU-1", "quantity": 1, "disposition": "resellable"}],
    },
}
"""A body of each change of an object that its path names, good enough to reach the object."""

Objects = dict[str, str]


async def of_partner(door: Any, a: Any) -> Objects:
    """An order of the app's, with its command and a pickup code."""
    order_id = f"{CANARY}-order"
    given = await door.post("/v1/orders", "app", a.order_body(order_id=order_id))
    assert given.status_code == 202, given.text
    command = only(await door.service.sent(), m.PlaceOrder)
    code = m.PickupCode(
        order_id=order_id,
        version=1,
        token="A" * 22,
        digits="123456",
        valid_until=a.now() + timedelta(days=1),
    )
    await door.service.deliver(a.placed(command), a.confirmed(command), a.state(command), code)
    return {"order_id": order_id, "command_id": given.json()["command_id"]}


async def of_staff(door: Any, a: Any) -> Objects:
    """A wave of a store's, and a command that it gave."""
    wave = m.Task(
        task_id=f"{CANARY}-wave",
        version=1,
        kind="pick_wave",
        subject="Pick a wave",
        location_id="S001",
        owner="S001",
        due_at=a.now(),
        state="open",
        created_at=a.now(),
    )
    await door.service.deliver(wave, topic=topics.PICKUP_TASKS)
    given = await door.post("/v1/pickup-resumptions", "S001", {})
    return {"wave_id": wave.task_id, "command_id": given.json()["command_id"]}


async def of_board(door: Any, a: Any) -> Objects:
    """A command that an executive gave."""
    target = {
        "kpi": "pickup_minutes",
        "scope": "all",
        "period": "2026-04",
        "target": 4,
        "owner": "manager",
        "due": "2026-06-30",
    }
    given = await door.post("/v1/targets", "ceo", target)
    return {"command_id": given.json()["command_id"]}


OBJECTS: dict[str, Callable[[Any, Any], Awaitable[Objects]]] = {
    "partner": of_partner,
    "staff": of_staff,
    "board": of_board,
}
WAYS = [("partner", "key"), ("staff", "key"), ("staff", "session"), ("board", "key"), ("board", "session")]


@dataclass
class Asker:
    """Somebody with a key, a session, or neither."""

    door: Any
    headers: dict[str, str]

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {**self.headers, "Idempotency-Key": f"{method} {path}".replace(" ", "_"), "Accept": "*/*"}
        answer: httpx.Response = await self.door.client.request(
            method, path, json={} if body is None and method == "post" else body, headers=headers
        )
        return answer


async def another(door: Any, process: str, way: str) -> Asker:
    """The other holder, by key or signed in."""
    if way == "key":
        return Asker(door, {"Authorization": f"Bearer {door.keys[HOLDERS[process][1]]}"})
    ours = {"X-Tsunagu-Request": "1"}
    body = {"user": "other", "password": PASSWORD}
    assert (await door.client.post("/v1/sign-in", json=body, headers=ours)).status_code == 204
    return Asker(door, ours)


@pytest.fixture
def accounts(tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """The settings of a process in which the other holder's person may sign in."""

    def settings(process: str) -> dict[str, Any]:
        if process == "partner":
            return {}
        file = tmp_path / f"{process}.json"
        account = {"password_hash": hash_of(PASSWORD), "holder": HOLDERS[process][1]}
        file.write_text(json.dumps({"other": account}))
        return {"accounts_file": file, "public_url": "http://edge"}

    return settings


async def operations(door: Any) -> list[tuple[str, str, list[str]]]:
    """Each route that the process documents: method, path, the names of the parameters in it."""
    document = (await door.client.get("/openapi.json")).json()
    return [
        (method, path, [part[1:-1] for part in path.split("/") if part.startswith("{")])
        for path, methods in document["paths"].items()
        for method in methods
    ]


@pytest.mark.parametrize("process", HOLDERS)
async def test_routes__without_key_or_session__are_all_closed(
    open_door: Any, accounts: Any, process: str
) -> None:
    async with open_door(process, **accounts(process)) as door:
        nobody = Asker(door, {"X-Tsunagu-Request": "1"})
        open_routes = {
            (method, path)
            for method, path, names in await operations(door)
            if (await nobody.ask(method, filled(path, dict.fromkeys(names, "x")))).status_code != 401
        }
    assert open_routes - WITHOUT_KEY == set()


@pytest.mark.parametrize(("process", "way"), WAYS)
async def test_routes__of_anothers_object__answer_as_if_it_never_was(
    open_door: Any, accounts: Any, a: Any, process: str, way: str
) -> None:
    tried = []
    async with open_door(process, **accounts(process)) as door:
        owned = await OBJECTS[process](door, a)
        await door.service.sent()
        asker = await another(door, process, way)
        for method, path, names in await operations(door):
            if not set(names) - EVERYBODYS[process]:
                continue
            assert set(names) <= owned.keys() | EVERYBODYS[process], f"whose is what {path} names?"
            assert method == "get" or path in BODIES, f"add a body for {path}"
            theirs = await asker.ask(method, filled(path, owned), BODIES.get(path))
            nobodys = await asker.ask(
                method, filled(path, dict.fromkeys(names, "never-was")), BODIES.get(path)
            )
            assert theirs.status_code in {403, 404}, f"{method} {path}: {theirs.status_code} {theirs.text}"
            assert (theirs.status_code, theirs.json()) == (nobodys.status_code, nobodys.json()), path
            tried.append(path)
        assert await door.service.sent() == []
    assert tried


@pytest.mark.parametrize(("process", "way"), WAYS)
async def test_routes__that_list__show_nothing_of_anothers(
    open_door: Any, accounts: Any, a: Any, process: str, way: str
) -> None:
    async with open_door(process, **accounts(process)) as door:
        await OBJECTS[process](door, a)
        asker = await another(door, process, way)
        lists = [path for method, path, names in await operations(door) if method == "get" and not names]
        for path in lists:
            answer = await asker.ask("get", path)
            assert answer.status_code in {200, 403, 404, 422}, f"{path}: {answer.status_code}"
            assert CANARY not in answer.text, path
    assert lists


@pytest.mark.parametrize("process", HOLDERS)
async def test_routes__of_ones_own_object__answer(
    open_door: Any, accounts: Any, a: Any, process: str
) -> None:
    async with open_door(process, **accounts(process)) as door:
        owned = await OBJECTS[process](door, a)
        owner = Asker(door, {"Authorization": f"Bearer {door.keys[HOLDERS[process][0]]}"})
        answers = {
            path: (await owner.ask(method, filled(path, owned))).status_code
            for method, path, names in await operations(door)
            if method == "get" and names and set(names) <= owned.keys() and not path.endswith("/events")
        }
    assert answers
    assert set(answers.values()) <= {200}, answers


def filled(path: str, values: dict[str, str]) -> str:
    """The path with an object's ids in it."""
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return path

"""Every door keeps what its OpenAPI document says: no fault of ours, no answer that it does not name, all of its shape.

Schemathesis makes the requests from the document: such as it allows, and such as it does not. Requests that are allowed
name things that are there wherever they can, so that they come through to the answers that matter.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis.openapi
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from edge.signing_in.passwords import hash_of
from tsunagu.contracts.ids import uuid7

from .shopping.conftest import a_shop, ordered
from .test_authorisation import HOLDERS, OBJECTS

pytestmark = [pytest.mark.component, pytest.mark.long]

PASSWORD = "correct horse battery"
SEED = 2_611
LONG_SECONDS_MAX = 1_800  # only ends a run that hangs
EXAMPLES, EXAMPLES_LONG = 4, 150
"""Requests of each kind to each route; the first take a few seconds for each door."""
STREAM = {"stream_seconds_max": 0.05, "wait_seconds_max": 0.05}  # a stream that nobody reads ends at once
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

Known = dict[str, str]
"""Values of parameters, by name, that lead to something."""


@asynccontextmanager
async def partner(open_door: Any, a: Any, _: Path) -> AsyncIterator[tuple[Any, Known]]:
    """An order of the app's, and what can be ordered where."""
    async with open_door("partner", **STREAM) as door:
        await door.service.deliver(a.product(), a.location("S001"), a.stock("S001", 9), a.feed("S001"))
        known = await OBJECTS["partner"](door, a)
        door.client.headers["Authorization"] = f"Bearer {door.keys[HOLDERS['partner'][0]]}"
        yield door, {**known, "sku": "SKU-1", "sku_or_gtin": "SKU-1", "near": "JP-13"}


@asynccontextmanager
async def staff(open_door: Any, a: Any, _: Path) -> AsyncIterator[tuple[Any, Known]]:
    """A store with a wave, which has given a command."""
    async with open_door("staff") as door:
        await door.service.deliver(a.product())
        known = await OBJECTS["staff"](door, a)
        door.client.headers["Authorization"] = f"Bearer {door.keys[HOLDERS['staff'][0]]}"
        yield door, {**known, "sku_or_gtin": "SKU-1"}


@asynccontextmanager
async def board(open_door: Any, a: Any, tmp_path: Path) -> AsyncIterator[tuple[Any, Known]]:
    """An executive who is signed in, operates the system, and has given a command."""
    accounts = tmp_path / "accounts.json"
    person = {"password_hash": hash_of(PASSWORD), "holder": HOLDERS["board"][0], "rights": ["operate"]}
    accounts.write_text(json.dumps({"somebody": person}))
    async with open_door("board", accounts_file=accounts) as door:
        known = await OBJECTS["board"](door, a)
        door.client.headers["X-Tsunagu-Request"] = "1"
        signed_in = await door.client.post("/v1/sign-in", json={"user": "somebody", "password": PASSWORD})
        assert signed_in.status_code == 204, signed_in.text
        yield door, known


@asynccontextmanager
async def shopper(open_door: Any, a: Any, _: Path) -> AsyncIterator[tuple[Any, Known]]:
    """A guest who has ordered."""
    async with a_shop(open_door, a, **STREAM) as door:
        await door.service.deliver(a.stock("S001", 9), a.feed("S001"))
        given_order = await ordered(door)
        assert given_order.status_code == 202, given_order.text
        door.client.headers["X-Tsunagu-Request"] = "1"
        known = {"order_id": given_order.json()["order_id"], "sku": "SKU-1", "sku_or_gtin": "SKU-1"}
        yield door, {**known, "near": "JP-13", "q": "シャツ"}


@asynccontextmanager
async def channels(open_door: Any, _: Any, __: Path) -> AsyncIterator[tuple[Any, Known]]:
    """A door that no site has joined."""
    async with open_door("channels") as door:
        door.client.headers["Authorization"] = f"Bearer {door.keys['ec']}"
        yield door, {}


COME_THROUGH_MIN = {"partner": 8, "staff": 24, "board": 18, "shopper": 11, "channels": 1}
"""How many routes of a door must do what they are for, not just refuse rightly. Others want what chance does not find,
such as a basket that can be had, a password, or a key that opens one order; they have tests of their own."""

DOORS = {"partner": partner, "staff": staff, "board": board, "shopper": shopper, "channels": channels}


async def ask(client: httpx.AsyncClient, case: Case[Any], known: Known) -> httpx.Response:
    """Send a request as Schemathesis made it, but for what is known, and for a key that is new each time."""
    case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
    case.query.update({name: known[name] for name in case.query if name in known})
    headers = {"Idempotency-Key": uuid7()} if known else {}
    request = case.as_transport_kwargs(base_url=str(client.base_url), headers=headers)
    request["headers"] = {
        name: value for name, value in request["headers"].items() if name not in client.headers
    }
    # The browser has its cookies from the door.
    request.pop("cookies", None)
    content = request.pop("data", None)
    if isinstance(content, bytes | str):
        request["content"] = content
    elif content is not None:
        request["data"] = content
    return await client.request(**request)


def conforms(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    examples: int,
    client: httpx.AsyncClient,
    known: Known,
    loop: asyncio.AbstractEventLoop,
) -> bool:
    """Ask so often, and fail with what an answer is beyond the document; whether one of them was what was asked for.

    Runs beside the loop that has the door.
    """
    statuses: set[int] = set()

    @seed(SEED)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def every(case: Case[Any]) -> None:
        answer = asyncio.run_coroutine_threadsafe(ask(client, case, known), loop).result()
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    with suppress(Unsatisfiable):  # there is nothing that the document does not allow
        every()
    return any(status < HTTPStatus.BAD_REQUEST for status in statuses)


async def keeps_its_document(open_door: Any, a: Any, tmp_path: Path, process: str, examples: int) -> None:
    """Fail with what is wrong with a door's answers, by route; or if too few of its routes did what they are for."""
    wrong: list[str] = []
    came_through: dict[str, bool] = {}
    async with DOORS[process](open_door, a, tmp_path) as (door, known):
        document = (await door.client.get("/openapi.json")).json()
        operations = []
        for found in schemathesis.openapi.from_dict(document).get_all_operations():
            assert isinstance(found, Ok), found
            operations.append(found.ok())
        # Whoever has signed out is let in nowhere any more.
        for operation in sorted(operations, key=lambda operation: operation.label.endswith("sign-out")):
            for mode, values in ((GenerationMode.POSITIVE, known), (GenerationMode.NEGATIVE, {})):
                try:
                    did = await asyncio.to_thread(
                        conforms, operation, mode, examples, door.client, values, asyncio.get_running_loop()
                    )
                    if mode is GenerationMode.POSITIVE:
                        came_through[operation.label] = did
                except Exception as error:
                    wrong.append(f"{operation.label}, {mode.value}: {type(error).__name__} {error}")
    if sum(came_through.values()) < COME_THROUGH_MIN[process]:
        failed = [label for label, did in came_through.items() if not did]
        wrong.append(f"too few requests did what they are for; these never did: {failed}")
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("process", DOORS)
async def test_door__asked_all_that_its_document_allows_and_more__answers_as_it_says(
    open_door: Any, a: Any, tmp_path: Path, process: str
) -> None:
    await keeps_its_document(open_door, a, tmp_path, process, EXAMPLES)


@pytest.mark.long
@pytest.mark.timeout(LONG_SECONDS_MAX)
@pytest.mark.parametrize("process", DOORS)
async def test_door__asked_for_minutes__answers_as_its_document_says(
    open_door: Any, a: Any, tmp_path: Path, process: str
) -> None:
    await keeps_its_document(open_door, a, tmp_path, process, EXAMPLES_LONG)

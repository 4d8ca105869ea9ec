"""The page that an order link opens. Looking at it changes nothing; only its form's POST does, once."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from edge.command_routes import traceparent_of
from edge.problems import Problem
from edge.shopper.order_links.answering import answer, show
from edge.shopper.order_links.choosing import NumberedChoice
from edge.shopper.order_links.rendering import HEADERS, option_of, page, problem_page
from edge.shopper.order_links.wording import language_of
from edge.shopper.slowing import slow_down
from edge.web_app import AtDoor
from tsunagu.contracts.values import ChoiceKind

PAGES = "/o/"
"""Under which path pages are, whose forms are not JSON."""

_FIELDS_MAX = 10  # the form has three

router = APIRouter(include_in_schema=False)
Lang = Annotated[str | None, Query()]


@router.get(PAGES + "{token}", response_class=HTMLResponse)
async def get_page(token: str, request: Request, door: AtDoor, lang: Lang = None) -> Response:
    """The page of a link."""
    language = _language(request, lang)

    async def shown() -> Response:
        return HTMLResponse(page(await show(door, token), language), headers=HEADERS)

    return await _as_page(request, language, shown)


@router.post(PAGES + "{token}", response_class=HTMLResponse)
async def post_page(token: str, request: Request, door: AtDoor, lang: Lang = None) -> Response:
    """Take the form's answer, and go on to the page that shows it: reloading that sends nothing again."""
    language = _language(request, lang)
    body = await request.body()

    async def answered() -> Response:
        await answer(door, token, _choice(body), traceparent_of(request))
        # Relative, since only the reader's browser knows under which address this process is reached.
        return RedirectResponse(f"?lang={language}", status_code=303, headers=HEADERS)

    return await _as_page(request, language, answered)


async def _as_page(request: Request, language: str, act: Callable[[], Awaitable[Response]]) -> Response:
    try:
        await slow_down(request)
        return await act()
    except Problem as problem:
        headers = {**HEADERS, **(problem.headers or {})}
        return HTMLResponse(problem_page(problem.status, language), problem.status, headers=headers)


def _choice(body: bytes) -> NumberedChoice:
    """What the form says. Raises Problem 422 where that is nothing that can be chosen."""
    try:
        fields = parse_qs(body.decode(), max_num_fields=_FIELDS_MAX)
        kind, location_id = option_of(fields.get("choice", [""])[0])
        # The list of prefectures is sent whatever is chosen.
        prefecture = fields.get("prefecture", [None])[0] if kind == ChoiceKind.SHIP else None
        return NumberedChoice.model_validate(
            {
                "kind": kind,
                "location_id": location_id,
                "prefecture": prefecture,
                "number": fields.get("number", ["1"])[0],
            }
        )
    except (ValueError, ValidationError):
        raise Problem(422, "invalid", "Nothing that can be chosen was sent.") from None


def _language(request: Request, lang: str | None) -> str:
    return language_of(lang, request.headers.get("accept-language", ""))

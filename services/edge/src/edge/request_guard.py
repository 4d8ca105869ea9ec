"""What every request passes first: size, kind and pace of its body, how many at once; and what is counted."""

import asyncio
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge import metrics
from edge.problems import RETRY_AFTER_SECONDS, Problem
from edge.settings import DoorSettings
from tsunagu.chassis import clock, route_template

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
# What an answer has that does not say otherwise itself.
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),  # an address may hold a secret, such as an order link's token
)
_JSON, _FORM = b"application/json", b"application/x-www-form-urlencoded"


class RequestGuard:
    """ASGI middleware. It reads a body whole before anything else sees it, so that nothing waits for a slow one."""

    def __init__(self, app: ASGIApp, settings: DoorSettings, forms_under: str | None = None) -> None:
        self._app = app
        self._forms_under = forms_under
        self._settings = settings
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Guard one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = clock.monotonic()
        counted = False
        self._under_way += 1

        def count(status: int) -> None:
            nonlocal counted
            if counted:
                return
            counted = True
            # A stream is under way for hours: it has limits of its own and gives its place up here.
            self._under_way -= 1
            route = route_template(scope) or "unmatched"
            metrics.REQUESTS.labels(route, f"{status // 100}xx").inc()
            metrics.REQUEST_SECONDS.labels(route).observe(clock.monotonic() - begun)

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(message["status"])
                message = {**message, "headers": _completed(message.get("headers", ()))}
            await send(message)

        try:
            try:
                if self._under_way > self._settings.requests_at_once_max:
                    raise Problem(
                        503,
                        "unavailable",
                        "Too many requests are under way; try again in a moment.",
                        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
                    )
                if scope["method"] in _WITH_BODY:
                    receive = await self._whole_body(scope, receive)
            except Problem as problem:
                await problem.response()(scope, receive, counting)
                return
            await self._app(scope, receive, counting)
        finally:
            count(500)

    async def _whole_body(self, scope: Scope, receive: Receive) -> Receive:
        headers = dict(scope["headers"])
        if headers.keys().isdisjoint((b"content-type", b"transfer-encoding")) and (
            headers.get(b"content-length", b"0") == b"0"
        ):
            return receive  # a POST that says all by its address, such as signing out
        media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        is_form = self._forms_under is not None and scope["path"].startswith(self._forms_under)
        if media_type != (_FORM if is_form else _JSON):
            wanted = "as a form" if is_form else "as JSON, with `Content-Type: application/json`"
            raise Problem(415, "content-type", f"Send the body {wanted}.")
        limit = self._settings.body_bytes_max
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > 20 or int(declared) > limit:
            raise _too_large(limit)
        body = bytearray()
        try:
            async with asyncio.timeout(self._settings.body_seconds_max):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        break
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > limit:
                        raise _too_large(limit)
        except TimeoutError:
            raise Problem(
                408, "body-timeout", f"The whole body must be here in {self._settings.body_seconds_max:g} s."
            ) from None
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        return replay


def _too_large(limit: int) -> Problem:
    return Problem(413, "body-too-large", f"A body has at most {limit} bytes; send less at once.")


def _completed(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    own = list(headers)
    named = {name.lower() for name, _ in own}
    return [*own, *((name, value) for name, value in _HEADERS if name not in named)]

"""The app that people open in a browser: static files, beside the API of the process that they ask."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from edge.problems import Problem

APP = "/app/"
"""Under which path the app is."""

HEADERS: Mapping[str, str] = {
    # Nothing from anybody else is loaded, and nobody shows these pages inside their own. The barcode scanner is
    # WebAssembly, whose compiling counts as evaluating; JavaScript is never evaluated.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:;"
    " object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_NAMED_BY_CONTENT = "assets/"  # Vite writes a hash of the content into these names
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_EACH_TIME = "no-cache"
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
_COMPRESSED_ALREADY = frozenset({".png"})
_NOT_BUILT = "The app has not been built here: run `make web`, then start this process again.\n"


@dataclass(frozen=True)
class _File:
    body: bytes
    suffix: str
    cache_control: str

    @cached_property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    @cached_property
    def compressed(self) -> bytes | None:
        """The body as browsers fetch it; made once, when it is first asked for."""
        return None if self.suffix in _COMPRESSED_ALREADY else gzip.compress(self.body, mtime=0)

    def response(self, request: Request) -> Response:
        headers = {
            **HEADERS,
            "Cache-Control": self.cache_control,
            "ETag": self.etag,
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("if-none-match") == self.etag:
            return Response(status_code=304, headers=headers)
        body = self.body
        if "gzip" in request.headers.get("accept-encoding", "") and self.compressed is not None:
            body = self.compressed
            headers["Content-Encoding"] = "gzip"
        return Response(body, headers=headers, media_type=_MEDIA_TYPES[self.suffix])


def web_pages(folder: Path) -> APIRouter:
    """The routes of a built app. `folder` is read once, now: what is asked for later is looked up, never opened.

    Every path that is no file is the app's own page, which it finds by its address.
    """
    files = _read(folder)
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def get_start() -> Response:
        return RedirectResponse(APP, headers=HEADERS)

    @router.api_route(APP + "{path:path}", methods=["GET", "HEAD"])
    async def get_app(path: str, request: Request) -> Response:
        if not files:
            return PlainTextResponse(_NOT_BUILT, 503, HEADERS)
        found = files.get(path)
        if found is None:
            # A name with an ending was a file once; a page in its place would be run as a script.
            if PurePosixPath(path).suffix in _MEDIA_TYPES:
                raise Problem(404, "not-found", "There is nothing at this address.")
            found = files["index.html"]
        return found.response(request)

    return router


def _read(folder: Path) -> dict[str, _File]:
    if not (folder / "index.html").is_file():
        return {}
    return {
        name: _File(
            path.read_bytes(),
            path.suffix,
            _FOR_EVER if name.startswith(_NAMED_BY_CONTENT) else _ASK_EACH_TIME,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in _MEDIA_TYPES
        for name in [path.relative_to(folder).as_posix()]
    }

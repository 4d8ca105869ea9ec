"""The built apps as browsers get them: which file, which headers, and what is said where nothing is built."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from edge import problems
from edge.request_guard import RequestGuard
from edge.settings import DoorSettings
from edge.web_pages import web_pages

PAGE = "<!doctype html><title>app</title>"
SCRIPT = "console.log(1)\n" * 50
IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """The folder of an app that has been built, next to a file that is none of its business."""
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "sw.js").write_text("// service worker")
    (folder / "assets" / "main-4f2a.js").write_text(SCRIPT)
    (folder / "icon.png").write_bytes(b"\x89PNG")
    (tmp_path / "secret.html").write_text("secret")
    return folder


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(RequestGuard, settings=DoorSettings())
    app.include_router(web_pages(folder))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://edge") as client:
        yield client


async def test_pages__every_path_of_the_app__is_its_page(built: Path) -> None:
    async with browser(built) as client:
        for path in ("/app/", "/app/orders/7", "/app/index.html", "/app/商品"):
            answer = await client.get(path)
            assert (answer.status_code, answer.text) == (200, PAGE), path
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert answer.headers["cache-control"] == "no-cache"


async def test_pages__a_file_that_is_gone__is_404_and_not_the_page(built: Path) -> None:
    async with browser(built) as client:
        for path in (
            "/app/assets/main-0000.js",
            "/app/../secret.html",
            "/app/%2e%2e/secret.html",
            "/app/no.png",
        ):
            answer = await client.get(path)
            assert answer.status_code == 404, path
            assert "secret" not in answer.text


async def test_pages__named_by_content__are_kept_for_ever__others_are_asked_for(built: Path) -> None:
    async with browser(built) as client:
        script = await client.get("/app/assets/main-4f2a.js")
        worker = await client.get("/app/sw.js")
    assert script.headers["cache-control"] == IMMUTABLE
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert worker.headers["cache-control"] == "no-cache"


async def test_pages__unchanged__are_not_sent_again(built: Path) -> None:
    async with browser(built) as client:
        etag = (await client.get("/app/")).headers["etag"]
        again = await client.get("/app/", headers={"If-None-Match": etag})
        (built / "index.html").write_text(PAGE + " ")
    async with browser(built) as client:
        changed = await client.get("/app/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200


async def test_pages__compressed_for_whoever_reads_it(built: Path) -> None:
    async with browser(built) as client:
        plain = await client.get("/app/assets/main-4f2a.js", headers={"Accept-Encoding": "identity"})
        async with client.stream(
            "GET", "/app/assets/main-4f2a.js", headers={"Accept-Encoding": "br, gzip"}
        ) as packed:
            raw = b"".join([chunk async for chunk in packed.aiter_raw()])
        picture = await client.get("/app/icon.png", headers={"Accept-Encoding": "gzip"})
    assert plain.text == SCRIPT
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert len(raw) < len(SCRIPT) / 5
    assert gzip.decompress(raw).decode() == SCRIPT
    assert "content-encoding" not in picture.headers


@pytest.mark.parametrize("path", ["/", "/app/", "/app/assets/main-4f2a.js"])
async def test_pages__say_that_nothing_foreign_is_loaded(built: Path, path: str) -> None:
    async with browser(built) as client:
        headers: Any = (await client.get(path)).headers
    policy = headers["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'self'"
    assert {"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} <= set(
        policy
    )
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert "'unsafe-eval'" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["permissions-policy"] == "camera=(self), geolocation=(self)"


async def test_pages__the_start__leads_to_the_app(built: Path) -> None:
    async with browser(built) as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/app/")


async def test_pages__nothing_built__says_what_builds_it(tmp_path: Path) -> None:
    async with browser(tmp_path / "web") as client:
        answer = await client.get("/app/orders/7")
    assert answer.status_code == 503
    assert "`make web`" in answer.text

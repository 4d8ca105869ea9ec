"""Cookies with a secret in them, and how a request shows that our own page sent it.

A cookie is HttpOnly and SameSite=Strict: no script reads it, and no other site's page has it sent along. What else a
browser might send in a person's name, a form of a page on the same site, cannot set a header of its own; and a script
of another origin that sets one has to ask first (CORS), which no process of edge ever allows. So a change is ours where
it has `X-Tsunagu-Request`, and, where the browser tells, where `Sec-Fetch-Site` says `same-origin`.
"""

import hashlib
import re
import secrets

from fastapi import Request, Response

from edge.problems import Problem

OWN_PAGE_HEADER = "X-Tsunagu-Request"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits in base64url


class SecretCookie:
    """The cookie of one process. Its name has the process in it: on one machine, ports do not keep cookies apart."""

    def __init__(self, process: str, *, https: bool) -> None:
        self._https = https
        # `__Host-` has the browser refuse it from another host of the domain, and without https.
        self.name = f"__Host-tsunagu-{process}" if https else f"tsunagu-{process}"

    def token_of(self, request: Request) -> str | None:
        """The secret that the request carries, if it has the shape of one."""
        token = request.cookies.get(self.name, "")
        return token if _TOKEN.fullmatch(token) else None

    def set(self, response: Response, token: str, seconds: float) -> None:
        """Have the browser keep the secret for so many seconds."""
        response.set_cookie(
            self.name,
            token,
            max_age=round(seconds),
            path="/",
            secure=self._https,
            httponly=True,
            samesite="strict",
        )

    def clear(self, response: Response) -> None:
        """Have the browser forget it."""
        response.delete_cookie(self.name, path="/", secure=self._https, httponly=True, samesite="strict")


def new_token() -> str:
    """A secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes:
    """What is kept in the secret's place; it is random, so that a plain digest hides it."""
    return hashlib.sha256(token.encode()).digest()


def demand_own_page(request: Request) -> None:
    """Raise Problem 403 for a change that some other page had the browser send. Reading is always ours."""
    if request.method in _READS:
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if request.headers.get(OWN_PAGE_HEADER) != "1" or site != "same-origin":
        raise Problem(
            403,
            "other-page",
            f"With a cookie, changes are taken from our own pages only: send `{OWN_PAGE_HEADER}: 1`.",
        )

"""Guests: whoever uses one browser without signing in, by a cookie that nobody else can have.

The cookie holds 256 random bits and nothing else. What is kept and what is told are two different digests of it: the
tables here lead to no visitor of the topics, and neither leads back to the cookie (docs/decisions/0037).
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from edge.orders.desk import no_such_order
from edge.problems import Problem
from edge.shopper.settings import settings_of
from edge.signing_in.cookies import SecretCookie, demand_own_page, new_token
from edge.web_app import door_of
from tsunagu.contracts.ids import uuid7

_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Guest:
    """`holder`: under which the guest's orders are kept here. `visitor_id`: under which topics know the guest.

    `key`: a secret of the guest's, which is kept nowhere here.
    """

    holder: str
    visitor_id: str
    key: bytes = field(repr=False)

    @property
    def customer_ref(self) -> str:
        """The guest among customers; whoever shows a card or an account later brings it along."""
        return f"guest:{self.visitor_id}"

    @classmethod
    def of(cls, token: str) -> "Guest":
        """The guest whose cookie holds the token."""
        return cls(
            _digest("holder", token).hex(), _digest("visitor", token)[:16].hex(), _digest("key", token)
        )

    def secret_digest(self, text: str) -> str:
        """A digest from which nobody who has it finds a short text, such as a number, by trying all."""
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()


class Visit:
    """One request of somebody who may be a guest already."""

    def __init__(self, request: Request, response: Response) -> None:
        self._settings = settings_of(door_of(request))
        self._cookie = SecretCookie("guest", https=self._settings.https)
        self._token = self._cookie.token_of(request)
        self._response = response

    def guest(self) -> Guest | None:
        """The guest of the cookie."""
        return None if self._token is None else Guest.of(self._token)

    def become_guest(self) -> Guest:
        """The guest of the cookie, which lasts anew from now on; a new one where there is none."""
        self._token = self._token or new_token()
        self._cookie.set(self._response, self._token, self._settings.guest_kept_days * _SECONDS_PER_DAY)
        return Guest.of(self._token)


def visitor_fields(guest: Guest | None) -> dict[str, Any]:
    """Who does something, as activity names them; who is no guest is another visitor every time."""
    if guest is None:
        return {"visitor_id": uuid7()}
    return {"visitor_id": guest.visitor_id, "customer_ref": guest.customer_ref}


async def _guest(request: Request, response: Response) -> Guest:
    guest = Visit(request, response).guest()
    if guest is None:
        raise no_such_order()
    return guest


async def _changing_guest(request: Request, response: Response) -> Guest:
    demand_own_page(request)
    visit = Visit(request, response)
    if visit.guest() is None:
        # One whose cookie comes with the answer would be another guest when a lost answer is asked for again.
        raise Problem(403, "guest-needed", "Ask for a quote first, and send the cookie that comes with it.")
    return visit.become_guest()


async def _new_guest(request: Request, response: Response) -> Guest:
    demand_own_page(request)
    return Visit(request, response).become_guest()


def _digest(purpose: str, token: str) -> bytes:
    # The token's 256 random bits need no salt, and no slow hash.
    return hashlib.sha256(f"{purpose} of {token}".encode()).digest()


async def _visit(request: Request, response: Response) -> Visit:
    return Visit(request, response)


AVisit = Annotated[Visit, Depends(_visit)]
AGuest = Annotated[Guest, Depends(_guest)]
"""The guest of the cookie; 404 without one, since whoever has no cookie has ordered nothing."""
AChangingGuest = Annotated[Guest, Depends(_changing_guest)]
"""The guest who wants a change; 403 for whoever is none yet, and for what may come from another site's page."""
ANewGuest = Annotated[Guest, Depends(_new_guest)]
"""The guest, made where there is none; 403 for what may come from another site's page."""

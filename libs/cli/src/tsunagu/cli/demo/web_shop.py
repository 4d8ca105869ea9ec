"""The web shop of a demo: an EC site that stays as it is, with its server, its secrets and its books."""

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tsunagu.retailer.intentions import WEBSHOP
from tsunagu.retailer.newsfeed import Newsfeed
from tsunagu.retailer.occurrences import WEBHOOKS_TOLD, WEBHOOKS_TOLD_AGAIN, WEBHOOKS_TWICE
from tsunagu.retailer.shop_books import ShopBooks
from tsunagu.retailer.shop_door import ShopDoor
from tsunagu.retailer.shop_receiver import ShopReceiver

_SECRET_BYTES = 32  # 256 random bits can't be guessed
_IN, _OUT = "DEMO_WEBSHOP_SECRET", "DEMO_WEBSHOP_OUT_SECRET"
_CHANNELS_FILE = """[channels.{channel}.webhooks_in]
format = "shopify"
secret_variables = ["{in_}"]

[channels.{channel}.webhooks_out]
url = "http://127.0.0.1:{port}/tsunagu"
secret_variables = ["{out}"]
"""


def _new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)


@dataclass(frozen=True)
class WebShop:
    """`listening` is the socket of its server: there before the services start, which are told its port."""

    listening: socket.socket
    secret_in: str = field(default_factory=_new_secret, repr=False)
    secret_out: str = field(default_factory=_new_secret, repr=False)

    def join(self, home: Path) -> Mapping[str, str]:
        """Write the file of channels into the system's home; returns the environment with which it is read."""
        home.mkdir(parents=True, exist_ok=True)
        file = home / "channels.toml"
        port = self.listening.getsockname()[1]
        file.write_text(
            _CHANNELS_FILE.format(channel=WEBSHOP, in_=_IN, out=_OUT, port=port), encoding="utf-8"
        )
        return {"TSUNAGU_EDGE_CHANNELS_FILE": str(file), _IN: self.secret_in, _OUT: self.secret_out}


class OpenShop:
    """The web shop at work: it sends webhooks to the `url` of edge-channels, and notes those that it is sent."""

    def __init__(self, shop: WebShop, news: Newsfeed, url: str) -> None:
        self._shop = shop
        self.books = ShopBooks(news)
        self.door = ShopDoor(url, shop.secret_in, self.books)
        self._receiver = ShopReceiver(self.books, shop.secret_out)

    async def serve(self) -> None:
        """Take webhooks until cancelled."""
        await self._receiver.serve(self._shop.listening)

    def counts(self) -> dict[str, int]:
        """What the shop did and was told, by the names of `occurrences`."""
        return {
            WEBHOOKS_TWICE: self.door.sent_twice,
            WEBHOOKS_TOLD: self.books.webhooks,
            WEBHOOKS_TOLD_AGAIN: self._receiver.sent_again,
        }

    def problems(self) -> list[str]:
        """What its books say that the topics do not, and who else called its server."""
        found = [
            f"the web shop was told of {order_id} what did not happen so"
            for order_id in self.books.differing()
        ]
        if self.books.unsigned:
            found.append(f"{self.books.unsigned} webhooks to the web shop were not signed with its secret")
        return found


@contextmanager
def web_shop() -> Iterator[WebShop]:
    """A web shop with secrets of its own; its port is free again afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield WebShop(listening)

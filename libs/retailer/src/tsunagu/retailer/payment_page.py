"""A stand-in for the payment page of a retailer (docs/delivery.md): it takes no money, and says that it has."""

import asyncio
import hmac
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from string import Template
from urllib.parse import parse_qs, urlencode, urlsplit

_SECRET_BYTES = 32  # 256 random bits can't be guessed
_TEXTS = {
    "ja": {
        "title": "お支払い (見本)",
        "why": "お金は動きません。",
        "pay": "支払う",
        "leave": "支払わずに戻る",
    },
    "en": {
        "title": "Payment (a stand-in)",
        "why": "No money is moved.",
        "pay": "Pay",
        "leave": "Back without paying",
    },
}
_PAGE = Template("""<!doctype html>
<html lang="$language">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<body style="font-family: system-ui; max-width: 30rem; margin: 2rem auto; padding: 0 1rem; line-height: 3rem">
<main>
<h1>$title</h1>
<p>$why</p>
<p style="font-size: 1.5rem">¥$amount</p>
<p><a href="$paid">$pay</a></p>
<p><a href="$left">$leave</a></p>
</main>
</body>
</html>
""")


def signature(key: str, *parts: object) -> str:
    """HMAC-SHA-256 in hexadecimal over the parts, a line feed between each two."""
    return hmac.digest(key.encode(), "\n".join(map(str, parts)).encode(), "sha256").hex()


@dataclass(frozen=True)
class PaymentPage:
    """`listening` is the socket of its server: there before the shopper's door starts, which is told its address."""

    listening: socket.socket
    key: str = field(default_factory=lambda: secrets.token_urlsafe(_SECRET_BYTES), repr=False)

    @property
    def url(self) -> str:
        """Where shoppers are led."""
        host, port = self.listening.getsockname()
        return f"http://{host}:{port}/"

    def join(self) -> Mapping[str, str]:
        """The environment by which the shopper's door sends goods that are paid here."""
        return {"TSUNAGU_EDGE_SHOPPER_PAYMENT_PAGE": self.url, "TSUNAGU_EDGE_SHOPPER_PAYMENT_KEY": self.key}

    async def serve(self) -> None:
        """Serve until cancelled."""
        server = await asyncio.start_server(self._answer, sock=self.listening)
        async with server:
            await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status, content = self._show(
                head.split(" ", 2)[1], "ja" if "\nAccept-Language: ja" in head else "en"
            )
            body = content.encode()
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n"
                "Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # Who called has gone.
        finally:
            writer.close()

    def _show(self, target: str, language: str) -> tuple[str, str]:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        parts = [asked.get(name, "") for name in ("payment_id", "amount_jpy", "return_to")]
        if not hmac.compare_digest(signature(self.key, "pay", *parts), asked.get("signature", "")):
            return "404 Not Found", ""
        payment_id, amount, return_to = parts
        word = urlencode(
            {"payment_id": payment_id, "signature": signature(self.key, "paid", payment_id, amount)}
        )
        shown = _PAGE.substitute(
            _TEXTS[language],
            language=language,
            amount=f"{int(amount):,}",
            paid=escape(f"{return_to}#{word}"),
            left=escape(return_to),
        )
        return "200 OK", shown


def payment_page() -> PaymentPage:
    """A page with a key of its own, on a free port of this machine; its socket is the caller's to close."""
    return PaymentPage(socket.create_server(("127.0.0.1", 0)))

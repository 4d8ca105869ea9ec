"""A stand-in for the payment page of a retailer (docs/delivery.md): it takes no money, and says that it has.

Run as a program, it serves at TSUNAGU_PAYMENT_PAGE_HOST and …_PORT, with the secret …_KEY. It needs nothing but Python.
"""

import asyncio
import hmac
import os
import socket
from dataclasses import dataclass, field
from html import escape
from string import Template
from urllib.parse import parse_qs, urlencode, urlsplit

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
    """`listening` is the socket of its server; `key` the secret that the shopper's door has as well."""

    listening: socket.socket
    key: str = field(repr=False)

    @property
    def url(self) -> str:
        """Where shoppers are led."""
        host, port = self.listening.getsockname()
        return f"http://{host}:{port}/"

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
        if target == "/readyz":
            return "200 OK", ""
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


def main() -> None:
    """Serve where the environment says, until this process is ended."""
    given = {name: os.environ[f"TSUNAGU_PAYMENT_PAGE_{name}"] for name in ("HOST", "PORT", "KEY")}
    listening = socket.create_server((given["HOST"], int(given["PORT"])))
    asyncio.run(PaymentPage(listening, given["KEY"]).serve())


if __name__ == "__main__":
    main()

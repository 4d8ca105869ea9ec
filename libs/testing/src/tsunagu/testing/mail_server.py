"""A real SMTP server on this machine: it keeps what it takes, and can be told to be slow, to refuse, or to be gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from ssl import SSLContext

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tsunagu.stack.ports import HOST

_TAKEN = "250 OK"


@dataclass(frozen=True)
class Delivery:
    """A mail that was taken over, and to whom it was addressed on the wire."""

    recipient: str
    message: EmailMessage

    @property
    def text(self) -> str:
        """The body as it is read."""
        return str(self.message.get_content()).replace("\r\n", "\n")


class TestMailServer:
    """Use `mail_server()`. What it is told about a recipient holds for the mails that come after that."""

    __test__ = False

    def __init__(self, tls: SSLContext | None = None, login: tuple[str, str] | None = None) -> None:
        self.deliveries: list[Delivery] = []
        self.refuses: dict[str, str] = {}
        """Recipient → the answer to their address."""
        self.rejects: dict[str, str] = {}
        """Recipient → the answer to their mail's content."""
        self.holds: dict[str, asyncio.Event] = {}
        """Recipient → until when the answer to their mail's content waits; it has been kept by then."""
        self.held = asyncio.Event()
        """Somebody waits for such an answer."""
        self.port = 0
        self._tls = tls
        self._login = login
        self._server: asyncio.Server | None = None
        self._protocols: list[SMTP] = []

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be gone, with all connections."""
        if self._server is not None:
            self._server.close()
            for protocol in self._protocols:
                if isinstance(protocol.transport, asyncio.WriteTransport):
                    protocol.transport.abort()
            self._protocols.clear()
            self._server = None

    def _protocol(self) -> SMTP:
        protocol = SMTP(
            self,
            hostname="mail.example.jp",
            ident="test mail server",
            enable_SMTPUTF8=True,
            tls_context=self._tls,
            auth_required=self._login is not None,
            authenticator=self._authenticate,
        )
        self._protocols.append(protocol)
        return protocol

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword
    ) -> AuthResult:
        known = self._login is not None and (given.login, given.password) == tuple(
            part.encode() for part in self._login
        )
        return AuthResult(success=known, handled=False)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or not."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return _TAKEN

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a mail over, or not."""
        [recipient] = envelope.rcpt_tos
        if recipient in self.rejects:
            return self.rejects[recipient]
        content = envelope.original_content or b""
        message = message_from_bytes(content, policy=SMTP_POLICY)
        assert isinstance(message, EmailMessage)
        self.deliveries.append(Delivery(recipient, message))
        if recipient in self.holds:
            self.held.set()
            await self.holds[recipient].wait()
        return _TAKEN


@asynccontextmanager
async def mail_server(
    *, tls: SSLContext | None = None, login: tuple[str, str] | None = None
) -> AsyncIterator[TestMailServer]:
    """A mail server that listens. `tls`: it offers STARTTLS. `login`: it asks for this user and password, under TLS."""
    server = TestMailServer(tls, login)
    await server.start()
    try:
        yield server
    finally:
        for held in server.holds.values():
            held.set()
        await server.stop()

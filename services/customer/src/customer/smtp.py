"""Mail over SMTP. What goes wrong is told in words of this module: a server's own text repeats addresses."""

import asyncio
from email.message import EmailMessage
from types import TracebackType
from typing import Self

import aiosmtplib

from customer.settings import settings

_CLOSING = 421  # the server is about to close the connection, whatever was asked of it (RFC 5321, 3.8)


class Refused(Exception):  # noqa: N818 - an answer, not a bug
    """The server will never take this mail: `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotNow(Exception):  # noqa: N818 - an answer, not a bug
    """This mail could not be sent now, others perhaps can: `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ServerAway(Exception):  # noqa: N818 - a state of another system
    """The server takes no mail at all now: it is not there, or does not let us in. `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MailServer:
    """A connection to the mail server of the settings, made when the first mail goes out, for one mail at a time."""

    def __init__(self) -> None:
        self._client: aiosmtplib.SMTP | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        try:
            async with asyncio.timeout(settings().smtp_step_seconds):
                await client.quit()
        except (aiosmtplib.SMTPException, OSError):
            pass  # what was taken over is taken over
        finally:
            client.close()

    async def send(self, mail: EmailMessage, recipient: str) -> None:
        """Hand a mail over. Raises Refused, NotNow or ServerAway; after any other end its fate is unknown."""
        limit = settings().smtp_mail_seconds
        try:
            async with asyncio.timeout(limit):
                client = await self._connected()
        except TimeoutError:
            raise ServerAway("timeout") from None
        try:
            async with asyncio.timeout(limit):
                await _hand_over(client, mail, recipient)
        except TimeoutError:
            self._drop()
            raise NotNow("timeout") from None
        except ServerAway:
            self._drop()
            raise

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        wanted = settings()
        assert wanted.mail_from is not None, "a mail server is used with a sender only"
        client = aiosmtplib.SMTP(
            hostname=wanted.smtp_host,
            port=wanted.smtp_port,
            username=wanted.smtp_user,
            password=None if wanted.smtp_password is None else wanted.smtp_password.get_secret_value(),
            # Otherwise the library asks the name service who we are, which may take long.
            local_hostname=wanted.mail_from.rpartition("@")[2],
            timeout=wanted.smtp_step_seconds,
            use_tls=wanted.smtp_tls == "tls",
            start_tls=wanted.smtp_tls == "starttls",
        )
        try:
            await client.connect()
        except aiosmtplib.SMTPAuthenticationError:
            raise ServerAway("login_refused") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ServerAway("timeout" if isinstance(error, TimeoutError) else "not_reached") from None
        self._client = client
        return client

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


async def _hand_over(client: aiosmtplib.SMTP, mail: EmailMessage, recipient: str) -> None:
    try:
        await client.send_message(mail, sender=settings().mail_from, recipients=[recipient])
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _answer(error.recipients[0].code, "address_refused") from None
    except aiosmtplib.SMTPSenderRefused:
        raise ServerAway("sender_refused") from None
    except aiosmtplib.SMTPResponseException as error:
        raise _answer(error.code, "mail_refused") from None
    except aiosmtplib.SMTPNotSupported:
        raise Refused("address_not_supported") from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise NotNow("timeout" if isinstance(error, TimeoutError) else "disconnected") from None


def _answer(code: int, reason: str) -> Refused | NotNow | ServerAway:
    """What an answer that is no yes means: 4xx may pass, 5xx stays (RFC 5321, 4.2.1)."""
    if code == _CLOSING:
        return ServerAway("closing")
    return NotNow(reason) if code < 500 else Refused(reason)

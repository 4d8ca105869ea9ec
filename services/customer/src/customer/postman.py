"""Sends the notices that wait: takes one for a while, sends it outside any transaction, notes what became of it.

At least once: a process that dies between the two leaves the notice to another, which sends it again under the same
Message-ID. What is wrong with one mail holds up no other; a server that is away is left alone for a while.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from customer import mails, metrics
from customer.domain.notices import Notice, NoticeKind, NoticeState
from customer.mails import Lacking
from customer.settings import settings
from customer.smtp import MailServer, NotNow, Refused, ServerAway
from customer.store.histories import SQL as HISTORIES_SQL
from customer.store.notices import SQL, as_notice
from tsunagu.chassis import TRANSIENT, Periodic, Runtime, clock, doubled_seconds, pooled, transaction
from tsunagu.chassis.faults import point
from tsunagu.contracts.messages import NoticeFailed, NoticeSent

NO_ADDRESS, TOO_LATE = "no_address", "too_late"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A notice that is ours for a while, and as a cause of what is said of it."""

    notice: Notice
    tries: int
    cause_time: datetime
    message_id: str
    correlation_id: str
    traceparent: str | None

    @property
    def cause_id(self) -> str:
        """The same whoever sends it, so that it is said to be sent once."""
        return f"customer ends notice {self.notice.notice_id}"


class Postman:
    """Who sends notices in this process."""

    def __init__(self) -> None:
        self._next_mail_at = 0.0  # by the monotonic clock, as the next
        self._away_until = 0.0
        self._pause_seconds = 0.0

    async def go_round(self, runtime: Runtime) -> None:
        """Send one notice after the other over one connection, until none is due or the server is away.

        Several may do so at once: a mail that takes long holds up the others no more than a place in that number.
        """
        async with MailServer() as server:
            while settings().smtp_host is not None and not self._is_away():
                await self._await_turn()
                claimed = await _claim(runtime)
                if claimed is None:
                    return
                await self._deliver(runtime, server, claimed)

    async def _deliver(self, runtime: Runtime, server: MailServer, claimed: _Claimed) -> None:
        try:
            await self._try(runtime, server, claimed)
        except NotNow as answer:
            await _put_off(runtime, claimed, answer.reason)
        except Refused as answer:
            await _end(runtime, claimed, NoticeState.FAILED, answer.reason)
        except ServerAway as answer:
            self._pause(answer.reason)
            await pooled(runtime).execute(SQL.release_notice, claimed.notice.notice_id)
        except TRANSIENT:
            raise
        except Exception as error:
            # Without its text: that may hold what no log may show.
            _log.error("a notice failed in our code", kind=claimed.notice.kind, error=type(error).__name__)
            await _put_off(runtime, claimed, "error")

    async def _try(self, runtime: Runtime, server: MailServer, claimed: _Claimed) -> None:
        notice, now = claimed.notice, clock.now()
        if notice.is_moot(now):
            await _end(runtime, claimed, NoticeState.VOID, None)
            return
        if now - notice.wanted_at > timedelta(hours=settings().notice_give_up_hours):
            await _end(runtime, claimed, NoticeState.FAILED, TOO_LATE)
            return
        async with pooled(runtime).acquire() as connection:
            mail = await mails.write(connection, notice, now)
        if isinstance(mail, Lacking):
            if now - notice.wanted_at < timedelta(seconds=settings().notice_wait_seconds):
                raise NotNow("lacks_something")
            if mail.mail is None:
                await _end(runtime, claimed, NoticeState.FAILED, NO_ADDRESS)
                return
            mail = mail.mail
        if notice.kind is NoticeKind.HISTORY_CODE:
            # Before it is sent: whoever has the code may type it at once.
            await pooled(runtime).execute(HISTORIES_SQL.note_mailed, notice.link_id, mail.digest)
        await point("notice_written")
        await server.send(mail.message, mail.recipient)
        self._pause_seconds = 0.0
        await point("notice_sent")
        await _end(runtime, claimed, NoticeState.SENT, None)

    async def _await_turn(self) -> None:
        now = clock.monotonic()
        turn = max(self._next_mail_at, now)
        self._next_mail_at = turn + 1 / settings().mails_per_second_max
        await asyncio.sleep(turn - now)

    def _is_away(self) -> bool:
        return clock.monotonic() < self._away_until

    def _pause(self, reason: str) -> None:
        if self._is_away():
            return  # another mail has found that out already
        metrics.MAIL_SERVER_AWAY.labels(reason).inc()
        first, longest = settings().notice_poll_seconds, settings().smtp_pause_max_seconds
        self._pause_seconds = min(max(first, self._pause_seconds * 2), longest)
        self._away_until = clock.monotonic() + self._pause_seconds
        _log.warning("the mail server is away", reason=reason, pause_seconds=self._pause_seconds)


async def _claim(runtime: Runtime) -> _Claimed | None:
    now = clock.now()
    until = now + timedelta(seconds=settings().notice_lease_seconds)
    row = await pooled(runtime).fetchrow(SQL.claim_notice, now, until)
    if row is None:
        return None
    return _Claimed(
        as_notice(row, on_its_way=True),
        row["tries"],
        row["made_at"],
        row["message_id"],
        row["correlation_id"],
        row["traceparent"],
    )


async def _put_off(runtime: Runtime, claimed: _Claimed, reason: str) -> None:
    first, longest = settings().notice_retry_seconds, settings().notice_retry_max_seconds
    due_at = clock.now() + timedelta(seconds=doubled_seconds(first, claimed.tries, longest))
    await pooled(runtime).execute(SQL.put_off_notice, claimed.notice.notice_id, due_at)
    metrics.NOTICE_RETRIES.labels(claimed.notice.kind, reason).inc()


async def _end(runtime: Runtime, claimed: _Claimed, state: NoticeState, reason: str | None) -> None:
    """Note what became of a notice and say it, unless somebody else has, or its person was erased meanwhile."""
    notice = claimed.notice
    async with transaction(runtime) as tx:
        ended = await tx.connection.fetchval(SQL.end_notice, notice.notice_id, state, reason, tx.now)
        if ended is None:
            return
        tx.count(metrics.NOTICES, kind=notice.kind, outcome=state)
        if reason is not None:
            tx.count(metrics.NOTICES_FAILED, reason=reason)
        if notice.order_id is None:
            return  # that somebody wants to see their purchases is nobody's news
        said = {"notice_id": notice.notice_id, "order_id": notice.order_id, "kind": notice.kind.value}
        if state is NoticeState.SENT:
            tx.publish(NoticeSent(**said, occurred_at=tx.now), cause=claimed)
        elif reason is not None:
            tx.publish(NoticeFailed(**said, reason=reason, occurred_at=tx.now), cause=claimed)


async def forget_old(runtime: Runtime) -> None:
    """Forget old notices, and codes and links whose time is over; end what waits where no mail is sent now."""
    now, pool = clock.now(), pooled(runtime)
    kept = timedelta(days=settings().notices_kept_days)
    await pool.execute(SQL.delete_old_notices, now - kept, settings().upkeep_rows_max)
    await pool.execute(SQL.delete_old_codes, now)
    await pool.execute(SQL.delete_old_links, now)
    if settings().smtp_host is None:
        await pool.execute(SQL.switch_notices_off, now)


_POSTMAN = Postman()
ROUNDS = tuple(
    Periodic(f"post {number}", settings().notice_poll_seconds, _POSTMAN.go_round)
    for number in range(1, settings().smtp_connections_max + 1)
)
OLD_NOTICES = Periodic("old notices", settings().upkeep_interval_seconds, forget_old)

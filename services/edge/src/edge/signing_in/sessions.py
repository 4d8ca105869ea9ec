"""Sessions: a row for each person signed in. What they may do is the account's of now, never the session's."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from edge.settings import CommandSettings
from edge.signing_in.accounts import Account, Accounts
from edge.signing_in.cookies import SecretCookie, digest_of, new_token
from edge.signing_in.passwords import PasswordChecks
from edge.signing_in.settings import SignInSettings
from tsunagu.chassis import Connection, Periodic, Runtime, beside, clock, pooled

SQL = beside(__file__)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user with the account that they have now."""

    user: str
    account: Account


class Sessions:
    """The sessions of one process: `process` is its name in the cookie, `accounts` who may have one."""

    def __init__(self, process: str, settings: SignInSettings, accounts: Accounts) -> None:
        self.settings = settings
        self.accounts = accounts
        self.cookie = SecretCookie(process, https=settings.https)
        self.checks = PasswordChecks(settings.password_checks_at_once_max)

    async def begin(self, connection: Connection, user: str, account: Account) -> str:
        """Begin a session; returns the secret for its cookie, which is kept nowhere."""
        token, now = new_token(), clock.now()
        expires_at = now + timedelta(hours=self.settings.session_hours_max)
        await connection.execute(
            SQL.insert_web_session, digest_of(token), user, _credential(account), now, expires_at
        )
        return token

    async def find(self, connection: Connection, token: str) -> SignedIn | None:
        """Who is signed in with a secret. None where the session has ended, or account or password are others now."""
        now, digest = clock.now(), digest_of(token)
        idle_since = now - timedelta(minutes=self.settings.session_idle_minutes)
        row = await connection.fetchrow(SQL.read_web_session, digest, now, idle_since)
        account = self.accounts.find(row["user_name"]) if row is not None else None
        if row is None or account is None or row["credential"] != _credential(account):
            return None
        if now - row["last_seen_at"] >= timedelta(seconds=self.settings.session_seen_seconds):
            await connection.execute(SQL.see_web_session, digest, now)
        return SignedIn(row["user_name"], account)

    async def end(self, connection: Connection, token: str) -> None:
        """End a session; its secret opens nothing any more."""
        await connection.execute(SQL.delete_web_session, digest_of(token))


def _credential(account: Account) -> bytes:
    """What changes with the password, and ends the sessions that began with another."""
    return hashlib.sha256(account.password_hash.encode()).digest()


def old_sessions(settings: SignInSettings, upkeep: CommandSettings) -> Periodic:
    """The upkeep of a process's sessions and tries, as often and as much at a time as that of its commands."""

    async def forget(runtime: Runtime) -> None:
        now = clock.now()
        idle_since = now - timedelta(minutes=settings.session_idle_minutes)
        tries_before = now - timedelta(minutes=settings.sign_in_failures_minutes)
        await pooled(runtime).execute(SQL.delete_ended_web_sessions, now, idle_since, upkeep.upkeep_rows_max)
        await pooled(runtime).execute(SQL.delete_old_sign_ins, tries_before, upkeep.upkeep_rows_max)

    return Periodic("old sessions", upkeep.upkeep_interval_seconds, forget)

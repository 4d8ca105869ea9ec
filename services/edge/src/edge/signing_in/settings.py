"""What signing in is limited by, each with its unit in its name and a reason for its default."""

from pathlib import Path

from pydantic import AnyHttpUrl, Field
from pydantic_settings import BaseSettings


class CookieSettings(BaseSettings):
    """What the cookies of a process depend on."""

    public_url: AnyHttpUrl | None = Field(
        None,
        description="where people open it; cookies go over https alone unless this begins with http://",
    )

    @property
    def https(self) -> bool:
        """Whether cookies are for https alone."""
        return self.public_url is None or self.public_url.scheme == "https"


class SignInSettings(CookieSettings):
    """Who may sign in, how often a wrong password may be tried, and when a session ends."""

    accounts_file: Path | None = Field(
        None,
        description="JSON, written by `python -m edge.signing_in`; without it nobody signs in; a change holds at once",
    )
    session_idle_minutes: float = Field(
        60.0,
        gt=0,
        description="a tablet in use asks every minute; one left on a counter is closed within the hour",
    )
    session_hours_max: float = Field(
        12.0, gt=0, description="the longest shift: everybody signs in once a day, whatever they do"
    )
    session_seen_seconds: float = Field(
        60.0,
        gt=0,
        description="how exactly a session's last use is kept: a write a minute, not one per request",
    )
    sign_in_failures_max: int = Field(
        5, ge=1, description="wrong passwords of one account from one address; typing errors end before this"
    )
    sign_in_failures_spread_max: int = Field(
        50,
        ge=1,
        description="of one account from everywhere, and from one address for all accounts: a store shares an address,"
        " and nobody far away may lock it out with five tries",
    )
    sign_in_failures_minutes: float = Field(
        15.0,
        gt=0,
        description="after so long they are forgotten: 480 guesses a day find no password of 12 characters",
    )
    password_checks_at_once_max: int = Field(
        2, ge=1, description="each takes 64 MiB and a core for a tenth of a second; more only wait here"
    )

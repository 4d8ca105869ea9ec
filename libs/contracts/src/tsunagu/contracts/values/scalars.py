"""Single values with the limits that every message puts on them.

The limits are part of the contract: a value beyond them is refused wherever it comes from. They may be
widened later, never narrowed.
"""

import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints

JAPAN = timezone(timedelta(hours=9), "JST")
"""The clock that days and times of day are read off: one zone, and no summer time since 1951, so that no image needs a
time zone database."""

ID_CHARACTERS_MAX = 100
"""Longest id: a UUID, or a till's store-register-day-number, with room for a prefix."""

NAME_CHARACTERS_MAX = 200
"""Longest name or one-line text; longer than any product name a shelf label can hold."""

TEXT_CHARACTERS_MAX = 2_000
"""Longest explanation: a page of text for a person, not a document."""

KEY_CHARACTERS_MAX = 310
"""Longest record key: three ids (kpi, scope, period) with their separators."""

SEALED_CHARACTERS_MAX = 65_536
"""Longest sealed part (compact JWE): a full personal record is below 10,000 characters."""

QUANTITY_MAX = 1_000_000
"""Most pieces in one line. More is a typing error (a scanned JAN in the quantity field has 13 digits)."""

YEN_MAX = 1_000_000_000_000
"""Most yen in one amount: a trillion, above the yearly turnover of the largest chain."""

ORDER_LINES_MAX = 500
"""Most lines in one order; keeps the largest order event far below a record's 1 MiB."""

DOCUMENT_LINES_MAX = 5_000
"""Most lines in a receipt, delivery or count; a larger count is sent as several counts."""

# Neither C0 nor C1 control characters: they break logs and labels, and PostgreSQL refuses NUL.
_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]+$"
_PRINTABLE_OR_EMPTY = r"^[^\x00-\x1f\x7f-\x9f]*$"
_FIRST_YEAR, _LAST_YEAR = 1970, 9998
_NO_INSTANT = "an instant is an ISO 8601 text such as 2026-04-01T09:30:00+09:00"
_NO_SUCH_YEAR = f"an instant lies between the years {_FIRST_YEAR} and {_LAST_YEAR}"
_NO_DAY = "a day is an ISO 8601 date such as 2026-04-01"


def _to_instant(value: object) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            # Its own message would repeat the text, which may be anything.
            raise ValueError(_NO_INSTANT) from None
    if not isinstance(value, datetime):
        raise ValueError(_NO_INSTANT)  # noqa: TRY004 - pydantic reports only ValueError
    if value.tzinfo is not UTC:
        if value.utcoffset() is None:
            raise ValueError("an instant needs its offset from UTC, such as +09:00 or Z")
        try:
            value = value.astimezone(UTC)
        except OverflowError:
            raise ValueError(_NO_SUCH_YEAR) from None
    # Looked at in UTC, since that is what is handed on: early on 1 January 1970 in Japan it was 1969 there.
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(_NO_SUCH_YEAR)
    return value


def normal_ref(ref: str) -> str:
    """The one spelling of a person's opaque id: half-width (NFKC), lower case, no space around it.

    Tills and sites write one card in many ways; whoever compares ids of persons compares these. What is in it already
    stays as it is.
    """
    if ref.isascii():
        return ref.strip(" ").lower()
    # Folding case may leave letters that NFKC composes again.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", ref).casefold()).strip(" ")


def _to_normal_ref(value: object) -> object:
    return normal_ref(value) if isinstance(value, str) else value


def _to_day(value: object) -> date:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise ValueError(_NO_DAY) from None
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError(_NO_DAY)  # noqa: TRY004 - pydantic reports only ValueError
    return value


# fromisoformat is several times faster than pydantic's own parser followed by a conversion, and does not take
# a bare number for a point in time.
Instant = Annotated[AwareDatetime, BeforeValidator(_to_instant)]
"""A point in time: aware, kept in UTC. Texts with another offset are converted."""

Day = Annotated[date, BeforeValidator(_to_day)]
"""A calendar or business day, without a time."""

ClockTime = Annotated[str, StringConstraints(pattern=r"^[0-2][0-9]:[0-5][0-9]$")]
"""Wall-clock time in Japan, HH:MM; hours 24 to 29 belong to the business day that ends after midnight."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=ID_CHARACTERS_MAX, pattern=_PRINTABLE)]
"""An id: made once by whoever creates the thing, compared exactly, never interpreted."""

# A colon would make the keys "location:sku" and "from:to" ambiguous.
LocationId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=ID_CHARACTERS_MAX, pattern=r"^[^:\x00-\x1f\x7f-\x9f]+$"),
]
"""Id of a store, warehouse or pickup point."""

# An at sign means that somebody put an e-mail address where only opaque ids may stand.
Ref = Annotated[
    str,
    StringConstraints(min_length=1, max_length=ID_CHARACTERS_MAX, pattern=r"^[^@\x00-\x1f\x7f-\x9f]+$"),
]
"""Opaque id of whoever works at the retailer, or of a visitor; compared exactly. Never e-mail, phone or name."""

# Before the limits are looked at: a full-width at sign is one, too.
AS_NORMAL_REF = BeforeValidator(_to_normal_ref)
PersonRef = Annotated[Ref, AS_NORMAL_REF]
"""Opaque id of a shopper or of whoever receives goods (card number, EC account id, UUID made by the channel), in its
`normal_ref`: the same person is found by it everywhere. Never e-mail, phone or name. Prefixing it with its kind
("card:4005…") keeps ids of different systems apart."""

RecordKey = Annotated[str, StringConstraints(min_length=1, max_length=KEY_CHARACTERS_MAX, pattern=_PRINTABLE)]
"""The key of a Kafka record."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
"""A word for programs from an open list (a reason, a channel, a task's kind): lower case, no spaces."""

Channel = Code
"""Where a shopper buys: "ec", "app", "store", or any partner. New ones join without a new version."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME_CHARACTERS_MAX, pattern=_PRINTABLE)]
"""A name or one line of text."""

Text = Annotated[str, StringConstraints(max_length=TEXT_CHARACTERS_MAX, pattern=_PRINTABLE_OR_EMPTY)]
"""An explanation for people; may be empty."""

Prefecture = Annotated[str, StringConstraints(pattern=r"^JP-(0[1-9]|[1-3][0-9]|4[0-7])$")]
"""A prefecture by its ISO 3166-2 code: JP-13 is Tokyo."""

Gtin = Annotated[str, StringConstraints(pattern=r"^([0-9]{8}|[0-9]{12,14})$")]
"""A barcode number: GTIN-8, -12, -13 (JAN) or -14, leading zeros kept."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest in lower-case hexadecimal."""

Sealed = Annotated[
    str,
    StringConstraints(
        max_length=SEALED_CHARACTERS_MAX,
        pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
    ),
]
"""Personal data sealed for customer's key: a compact JWE (RFC 7516), five parts in base64url."""

Quantity = Annotated[int, Field(strict=True, ge=1, le=QUANTITY_MAX)]
"""Pieces, at least one."""

Count = Annotated[int, Field(strict=True, ge=0, le=QUANTITY_MAX)]
"""Pieces or a number of things, possibly none."""

StockLevel = Annotated[int, Field(strict=True, ge=-1_000_000_000, le=1_000_000_000)]
"""Pieces on a balance; facts may drive it below zero."""

AvailableLevel = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
"""Pieces that can be promised; a balance that is never shown below zero."""

QuantityChange = Annotated[int, Field(strict=True, ge=-QUANTITY_MAX, le=QUANTITY_MAX)]
"""Pieces more (positive) or fewer (negative)."""

Yen = Annotated[int, Field(strict=True, ge=0, le=YEN_MAX)]
"""Whole yen, tax included unless the field's name says otherwise."""

TaxPercent = Annotated[int, Field(strict=True, ge=0, le=100)]
"""Rate of consumption tax in percent (10, or 8 reduced)."""

Version = Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]
"""Rises with each change of the thing it belongs to; readers keep the highest. Fits PostgreSQL's bigint."""

Minutes = Annotated[float, Field(strict=True, ge=0, le=1_000_000)]
"""A duration in minutes; fractions are allowed."""

Number = Annotated[float, Field(strict=True)]
"""Any finite number."""

Flag = Annotated[bool, Field(strict=True)]
"""Yes or no; not 0, 1 or "yes"."""

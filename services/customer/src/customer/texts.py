"""The texts of notices from their data files, one per language."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from customer.domain.letters import (
    PLACES,
    Style,
    Wording,
    places_in,
    written_amount,
    written_name,
    written_time,
)
from customer.domain.notices import NoticeKind
from customer.settings import settings
from tsunagu.contracts.values import PersonalData

PACKAGED = Path(__file__).with_name("texts")
_KNOWN_OF_ORDERS = frozenset({"order_id", "pieces"})
_NOT_OF_ORDERS = frozenset({NoticeKind.HISTORY_CODE, NoticeKind.HISTORY_LINKED})
_SOME_DAY = datetime(2026, 4, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Language:
    """How notices are written in one language."""

    style: Style
    wordings: Mapping[NoticeKind, Wording]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Style(_Part):
    weekdays: Annotated[tuple[str, ...], Field(min_length=7, max_length=7)]
    time: str
    amount: str
    full_name: str

    @model_validator(mode="after")
    def _can_be_written(self) -> "_Style":
        style = self.as_style()
        try:
            written_time(style, _SOME_DAY)
            written_amount(style, 1)
            written_name(style, PersonalData())
        except (LookupError, AttributeError) as error:
            raise ValueError(f"time, amount or full_name has a place that is not known: {error}") from None
        return self

    def as_style(self) -> Style:
        return Style(self.weekdays, self.time, self.amount, self.full_name)


class _Wording(_Part):
    subject: str
    body: str

    @field_validator("subject")
    @classmethod
    def _is_known_whole(cls, subject: str) -> str:
        if not places_in(subject) <= _KNOWN_OF_ORDERS or "\n" in subject:
            known = ", ".join(sorted(_KNOWN_OF_ORDERS))
            raise ValueError(f"a subject is one line, without places but {known}")
        return subject

    @field_validator("body")
    @classmethod
    def _has_known_places(cls, body: str) -> str:
        strangers = places_in(body) - PLACES
        if strangers:
            raise ValueError(f"there is no place {', '.join(sorted(strangers))}")
        return body


class _File(_Part):
    style: _Style
    notice: dict[NoticeKind, _Wording]

    @field_validator("notice")
    @classmethod
    def _has_every_kind(cls, notice: dict[NoticeKind, _Wording]) -> dict[NoticeKind, _Wording]:
        missing = set(NoticeKind) - notice.keys()
        if missing:
            raise ValueError(f"there is no text for {', '.join(sorted(missing))}")
        holed = [kind for kind in sorted(_NOT_OF_ORDERS) if places_in(notice[kind].subject)]
        if holed:
            raise ValueError(f"a subject of {', '.join(holed)} has no places: it is about no order")
        return notice


def load(folder: Path) -> dict[str, Language]:
    """The languages of a folder by their two letters. Raises OSError, TOMLDecodeError or ValidationError."""
    languages = {}
    for path in sorted(folder.glob("*.toml")):
        content = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        wordings = {kind: Wording(one.subject, one.body) for kind, one in content.notice.items()}
        languages[path.stem] = Language(content.style.as_style(), wordings)
    return languages


@cache
def texts() -> dict[str, Language]:
    """The texts in force, read once. Raises ValueError where there are none in the language of the settings."""
    folder = settings().texts_folder or PACKAGED
    languages = load(folder)
    if settings().language not in languages:
        raise ValueError(f"{folder} has no {settings().language}.toml, which TSUNAGU_CUSTOMER_LANGUAGE names")
    return languages

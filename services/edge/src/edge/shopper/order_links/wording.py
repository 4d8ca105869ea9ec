"""What the page says, in each of its languages, from data files."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tsunagu.contracts.values import JAPAN, ChoiceKind, LinkPurpose

_FOLDER = Path(__file__).with_name("texts")
LANGUAGES = ("ja", "en")
"""The first is spoken to those who ask for none of them."""


class Wording(BaseModel):
    """The texts of one language. `{until}` and the like are put in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    heading: Mapping[LinkPurpose, str]
    order: str
    until: Mapping[LinkPurpose, str]
    items: str
    pieces: str
    choose: str
    option: Mapping[ChoiceKind, str]
    ready_by: str
    prefecture: str
    address_on_file: str
    send: str
    nothing: str
    chosen: Mapping[ChoiceKind, str]
    state: Mapping[str, str]
    reason: Mapping[str, str]
    problem: Mapping[str, str]
    other_language: str
    weekdays: Annotated[tuple[str, ...], Field(min_length=7, max_length=7)]
    time: str

    def written(self, at: datetime) -> str:
        """A point in time as people in Japan read it off the clock."""
        local = at.astimezone(JAPAN)
        return self.time.format(at=local, weekday=self.weekdays[local.weekday()])


@cache
def wordings() -> Mapping[str, Wording]:
    """The texts by language."""
    return {
        language: Wording.model_validate(
            tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
        )
        for language in LANGUAGES
    }


def language_of(wanted: str | None, accepted: str) -> str:
    """The language that was asked for, else the one that `Accept-Language` likes best."""
    if wanted in LANGUAGES:
        return wanted
    liked: list[tuple[float, str]] = []
    for part in accepted.split(","):
        name, _, quality = part.strip().partition(";q=")
        language = name.partition("-")[0].lower()
        if language in LANGUAGES:
            liked.append((_weight(quality), language))
    return max(liked, key=lambda one: one[0])[1] if liked else LANGUAGES[0]


def _weight(quality: str) -> float:
    try:
        return float(quality) if quality else 1.0
    except ValueError:
        return 0.0

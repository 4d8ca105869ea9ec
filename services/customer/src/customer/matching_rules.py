"""What is evidence, from data files: the comparison model with its weights, and the forms of characters."""

import tomllib
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from customer.domain import evidence
from customer.domain.evidence import LEVELS, Level, Model
from customer.domain.names import sound_of
from customer.settings import settings
from tsunagu.contracts.values import Code, Id

PACKAGED = Path(__file__).with_name("evidence.toml")
KANJI_FORMS = Path(__file__).with_name("kanji_forms.toml")
SHARES_SUM_TOLERANCE = 0.005
"""Shares are written with four digits: so far may those of six levels be from one in sum."""

BITS_TOLERANCE = 0.05
"""What rounding makes of two levels that weigh the same."""

Share = Annotated[float, Field(gt=0, lt=1)]


Readings = tuple[Annotated[str, Field(pattern=r"^[ァ-ヺー]+$")], ...]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Level(_Part):
    name: Code
    m: Share
    u: Share


class _Comparison(_Part):
    field: Code
    reason: str
    level: tuple[_Level, ...]

    @model_validator(mode="after")
    def _is_a_distribution(self) -> "_Comparison":
        field = evidence.Field(self.field)
        if field not in LEVELS:
            raise ValueError(f"{field} is not compared; these are: {', '.join(LEVELS)}")
        if tuple(level.name for level in self.level) != LEVELS[field]:
            raise ValueError(f"the levels of {field} are, in this order: {', '.join(LEVELS[field])}")
        for side in ("m", "u"):
            whole = sum(getattr(level, side) for level in self.level)
            if abs(whole - 1) > SHARES_SUM_TOLERANCE:
                raise ValueError(f"the shares {side} of {field} add up to {whole:.4f}, not to 1")
        bits = [Level(level.name, level.m, level.u).bits for level in self.level]
        if any(later > earlier + BITS_TOLERANCE for earlier, later in pairwise(bits)):
            raise ValueError(f"{field}: a level that agrees more must weigh more than the next")
        return self


class _Way(_Part):
    reason: str
    levels: dict[Code, tuple[Code, ...]]

    @field_validator("levels")
    @classmethod
    def _are_known(cls, levels: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for field, names in levels.items():
            known = LEVELS.get(evidence.Field(field), ())
            if unknown := set(names) - set(known):
                raise ValueError(f"{field} has no level {', '.join(sorted(unknown))}")
        return levels


class _Common(_Part):
    reason: str
    family_name: Readings
    given_name: Readings


class _File(_Part):
    model: Id
    reason: str
    matches_per_record: Annotated[float, Field(gt=0)]
    records_min: Annotated[int, Field(ge=1)]
    merge_bits: float
    review_bits: float
    comparison: tuple[_Comparison, ...]
    requires: Annotated[tuple[_Way, ...], Field(min_length=1)]
    common: _Common

    @model_validator(mode="after")
    def _is_whole(self) -> "_File":
        fields = [each.field for each in self.comparison]
        if sorted(fields) != sorted(LEVELS):
            raise ValueError(f"each of these is compared once: {', '.join(LEVELS)}")
        if self.review_bits > self.merge_bits:
            raise ValueError(
                "review_bits is above merge_bits: what is merged would be more doubtful than what is not"
            )
        return self


def load(path: Path) -> Model:
    """The model of a file. Raises OSError, TOMLDecodeError, or ValidationError, which name what is wrong."""
    content = _read(path)
    return Model(
        name=content.model,
        matches_per_record=content.matches_per_record,
        records_min=content.records_min,
        merge_bits=content.merge_bits,
        review_bits=content.review_bits,
        levels={
            each.field: {level.name: Level(level.name, level.m, level.u) for level in each.level}
            for each in content.comparison
        },
        requires=tuple(
            {field: frozenset(names) for field, names in way.levels.items()} for way in content.requires
        ),
    )


def load_common(path: Path) -> Mapping[evidence.Field, frozenset[str]]:
    """Names that many bear, by their sound. Raises as `load` does."""
    common = _read(path).common
    return {
        evidence.FAMILY_NAME: frozenset(map(sound_of, common.family_name)),
        evidence.GIVEN_NAME: frozenset(map(sound_of, common.given_name)),
    }


def _read(path: Path) -> _File:
    return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


class _Forms(_Part):
    reason: str
    forms: tuple[Annotated[str, Field(min_length=2)], ...]

    @model_validator(mode="after")
    def _say_each_once(self) -> "_Forms":
        said: set[str] = set()
        for family in self.forms:
            if double := {
                character for character in family if character in said or family.count(character) > 1
            }:
                raise ValueError(f"{', '.join(sorted(double))} stands twice")
            said.update(family)
        return self


def load_forms(path: Path) -> dict[str, str]:
    """Character → current form. Raises as `load` does."""
    content = _Forms.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    return {character: family[0] for family in content.forms for character in family[1:]}


@cache
def model() -> Model:
    """The model in force, read once."""
    return load(settings().evidence_file or PACKAGED)


@cache
def common_sounds() -> Mapping[evidence.Field, frozenset[str]]:
    """The names that many bear, read once."""
    return load_common(settings().evidence_file or PACKAGED)


@cache
def kanji_forms() -> dict[str, str]:
    """The forms of characters, read once."""
    return load_forms(KANJI_FORMS)

"""What splink makes of the same records: given as they were typed, or in the spellings that customer compares."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from customer.comparing import AREA_DIGITS
from tsunagu.contracts.values import PersonalData
from tsunagu.retailer.statements import Statement
from tsunagu.stack.errors import StackError

from .resolution import Record
from .side import BENCH_PYTHON, ROOT

PATIENCE_SECONDS = 600.0
"""It takes two minutes with 52,000 records."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Clusters:
    """Whom splink takes for one, from a match weight on: the cluster of each record."""

    bits: int
    of_records: list[int]


def link(rows: Sequence[Row]) -> list[Clusters]:
    """The clusters at each threshold. Raises StackError or TimeoutExpired where it does not come to any."""
    with tempfile.TemporaryDirectory(prefix="tsunagu-bench-") as folder:
        file = Path(folder) / "records.jsonl"
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        command = [str(BENCH_PYTHON), "-m", "tests.bench.contenders.splink_linkage", str(file)]
        written = subprocess.run(
            command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
    if written.returncode != 0:
        raise StackError(f"splink ended with exit code {written.returncode}:\n{written.stderr}")
    found = map(json.loads, written.stdout.splitlines())
    return [Clusters(one["bits"], one["clusters"]) for one in found]


def normal_rows(statements: Sequence[Statement], records: Sequence[Record]) -> Iterator[Row]:
    """What customer compares."""
    for place, (statement, record) in enumerate(zip(statements, records, strict=True)):
        one = record.features
        home = min(one.homes, key=lambda home: home.postal_code, default=None)
        yield {
            "unique_id": place,
            "family_name": one.family_name.form,
            "given_name": one.given_name.form,
            "family_kana": one.family_name.sound,
            "given_kana": one.given_name.sound,
            "birth_date": _birth_date(statement.personal),
            "home": home and f"{home.postal_code} {home.numbers}",
            "postal_code": home and home.postal_code,
            "area": home and home.postal_code[:AREA_DIGITS],
            "phone": min(one.phones, default=None),
            "email": min(one.emails, default=None),
            "ids": _ids(statement),
        }


def typed_rows(statements: Sequence[Statement]) -> Iterator[Row]:
    """What was typed."""
    for place, statement in enumerate(statements):
        one = statement.personal
        address = one.addresses[0] if one.addresses else None
        yield {
            "unique_id": place,
            "family_name": one.family_name,
            "given_name": one.given_name,
            "family_kana": one.family_name_kana,
            "given_kana": one.given_name_kana,
            "birth_date": _birth_date(one),
            "home": address and f"{address.postal_code} {address.street} {address.building or ''}",
            "postal_code": address and address.postal_code,
            "area": address and address.postal_code[:AREA_DIGITS],
            "phone": one.phones[0] if one.phones else None,
            "email": one.emails[0] if one.emails else None,
            "ids": _ids(statement),
        }


def _birth_date(personal: PersonalData) -> str | None:
    return None if personal.birth_date is None else personal.birth_date.isoformat()


def _ids(statement: Statement) -> list[str]:
    return [statement.ref, *(identifier.value for identifier in statement.identifiers)]

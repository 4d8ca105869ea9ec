"""Every word by which staff may be refused has a sentence in Japanese and in English in their app.

The words are found where the services and the door say them, so that a new one is missed here.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import problems

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "services" / "edge" / "web" / "src"
SAYING = (
    *(f"services/{name}/src" for name in ("order", "pickup", "inventory", "customer", "insight")),
    "libs/chassis/src",
)
REFUSING = {"refuse": 1, "Refused": 0, "Unusable": 0}
"""Calls that refuse a command, and which argument is the word."""

NOT_FOR_STAFF = {
    # Changes of an order, which channels and shoppers ask for.
    "no_change", "not_confirmed_yet", "not_prepaid", "too_many_parts", "unknown_group",
    # Transfers that logistics plan.
    "already_left", "already_there", "same_location", "serves_order", "unknown_transfer",
    # Carts.
    "held_too_long", "held_until_past", "hold_ended", "out_of_stock", "pickup_disabled", "pickup_paused",
    "unknown_hold", "unknown_sku",
    # The board.
    "about_people", "effective_in_the_past", "not_agreed", "policy_changed", "too_long", "unknown_kind",
    "unknown_parts", "unknown_policy",
    # What channels say of customers, and shoppers of their histories.
    "erased", "no_such_link", "shared_ref", "unknown_change",
    # Operators, and mail servers.
    "not_running", "address_not_supported",
}  # fmt: skip
"""Words that answer commands which the door for staff does not offer."""


def words_of(folder: Path) -> Iterator[str]:
    """Each word by which the code in a folder refuses a command."""
    trees = [ast.parse(file.read_text("utf-8")) for file in sorted(folder.rglob("*.py"))]
    named = dict(pair for tree in trees for pair in _constants(tree))
    for tree in trees:
        for part in ast.walk(tree):
            if not isinstance(part, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            within = {} if isinstance(part, ast.Module) else dict(_local(part))
            for node in ast.walk(part):
                word = _word_of(node) if isinstance(node, ast.Call) else _first_returned(part, node)
                if word is not None:
                    yield from _values(word, named, within)


def _word_of(call: ast.Call) -> ast.expr | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    place = REFUSING.get(name)
    return call.args[place] if place is not None and len(call.args) > place else None


def _first_returned(part: ast.AST, node: ast.AST) -> ast.expr | None:
    """The first of (word, sentence), which `tx.refuse` takes, where a function returns such a pair."""
    said = getattr(part, "returns", None)
    match node:
        case ast.Return(value=ast.Tuple(elts=[word, *_])) if said and "tuple[str, str]" in ast.unparse(said):
            return word
    return None


def _values(word: ast.expr, named: dict[str, str], within: dict[str, ast.expr]) -> Iterator[str]:
    """What an expression can be; nothing where it passes on what another place has said."""
    match word:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from _values(one, named, within)
            yield from _values(other, named, within)
        case ast.Name(id=name) if name in within:
            yield from _values(within[name], named, {})
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in named:
            yield named[name]


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                yield name, text
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for one, value in zip(names, values, strict=True):
                    if isinstance(one, ast.Name) and isinstance(value, ast.Constant):
                        yield one.id, str(value.value)


def _local(function: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value


def texts(folder: str, language: str) -> dict[str, str]:
    """The sentences of refusals in an app's catalogue, by their word."""
    catalogue: dict[str, str] = json.loads((TEXTS / folder / "texts" / f"{language}.json").read_text("utf-8"))
    return {
        key.removeprefix("refusal."): text for key, text in catalogue.items() if key.startswith("refusal.")
    }


@pytest.fixture(scope="module")
def words() -> set[str]:
    """All words, of all services."""
    return {word for folder in SAYING for word in words_of(ROOT / folder)}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_refusals__that_staff_may_hear__have_a_sentence(words: set[str], language: str) -> None:
    known = texts("staff", language).keys() | texts("common", language).keys()
    assert sorted(words - known - NOT_FOR_STAFF) == [], (
        "write refusal.WORD into services/edge/web/src/staff/texts"
    )


@pytest.mark.parametrize("language", ["ja", "en"])
def test_refusals__of_the_door__have_a_sentence_in_every_app(language: str) -> None:
    assert texts("common", language).keys() == problems._TITLES.keys()


def test_refusals__that_nobody_says_any_more__have_none(words: set[str]) -> None:
    assert sorted((texts("staff", "ja").keys() | NOT_FOR_STAFF) - words) == []


def test_refusals__are_found_however_they_are_written(words: set[str]) -> None:
    plain, by_name, either, passed_on = "wrong_code", "unknown_customer", "already_settled", "unknown_policy"
    assert {plain, by_name, either, passed_on, "conflicting_body"} <= words

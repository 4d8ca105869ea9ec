"""The page of an order link: plain HTML, which every browser and every screen reader can read; no script."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape

from edge.domain.prefectures import PREFECTURES, Prefecture
from edge.shopper.order_links.answering import ShownAnswer, ShownLink, ShownOption
from edge.shopper.order_links.wording import Wording, wordings
from tsunagu.contracts.values import ChoiceKind

_STYLE = (
    "body{font-family:system-ui,sans-serif;line-height:1.6;margin:0 auto;max-width:40rem;padding:1rem;"
    "color:#1a1a1a;background:#fff}"
    "fieldset{border:1px solid #767676;border-radius:.5rem;margin:1rem 0;padding:.5rem 1rem}"
    "label{display:block;padding:.6rem 0}input,select,button{font:inherit}"
    "button{background:#0b5394;border:0;border-radius:.5rem;color:#fff;min-height:3rem;padding:0 1.5rem}"
    "[role=status]{border-left:.3rem solid #0b5394;padding:.2rem 1rem}small{color:#4a4a4a;display:block}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    # Nothing is loaded from anywhere, no page frames this one, and the form goes nowhere else.
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
"""What browsers are told about every page here; what all doors tell them is said by the guard."""

_SEPARATOR = ":"  # a location id holds none


def page(shown: ShownLink, language: str) -> str:
    """The page of a link in one language."""
    wording = wordings()[language]
    until = wording.until[shown.purpose].format(until=wording.written(shown.valid_until))
    parts = [
        f"<h1>{escape(wording.heading[shown.purpose])}</h1>",
        f"<p>{escape(wording.order.format(order_id=shown.order_id))}</p>",
    ]
    if shown.answer is not None:
        parts.append(_answer(shown.answer, wording, language))
    if shown.lines:
        parts += [f"<h2>{escape(wording.items)}</h2>", _lines(shown, wording, language)]
    if shown.next_number is not None:
        parts += [f"<p>{escape(until)}</p>", _form(shown, shown.next_number, wording, language)]
    elif shown.answer is None:
        parts.append(f"<p>{escape(wording.nothing)}</p>")
    return _document(parts, wording, language)


def problem_page(status: int, language: str) -> str:
    """The page that says that there is nothing to see, or not now."""
    wording = wordings()[language]
    text = wording.problem.get(str(status), wording.problem["503"])
    return _document(
        [f"<h1>{escape(wording.title)}</h1>", f'<p role="alert">{escape(text)}</p>'], wording, language
    )


def option_value(kind: ChoiceKind, location_id: str | None) -> str:
    """What the form sends for an option."""
    return kind if location_id is None else f"{kind}{_SEPARATOR}{location_id}"


def option_of(value: str) -> tuple[str, str | None]:
    """Kind and location_id of what the form sends."""
    kind, _, location_id = value.partition(_SEPARATOR)
    return kind, location_id or None


def _document(parts: Iterable[str], wording: Wording, language: str) -> str:
    other = next(one for one in wordings() if one != language)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(wording.title)}</title><style>{_STYLE}</style></head>\n<body><main>\n"
        + "\n".join(parts)
        + f'\n</main><nav><a href="?lang={other}" hreflang="{other}" lang="{other}">'
        f"{escape(wording.other_language)}</a></nav></body></html>\n"
    )


def _answer(answer: ShownAnswer, wording: Wording, language: str) -> str:
    name = answer.location_name_ja if language == "ja" else answer.location_name_en
    chosen = wording.chosen[answer.kind].format(
        store=name or answer.location_id, prefecture=_prefecture(answer.prefecture, language)
    )
    sentences = [chosen, wording.state[answer.state]]
    if answer.reason is not None and answer.reason in wording.reason:
        sentences.append(wording.reason[answer.reason])
    return '<div role="status">' + "".join(f"<p>{escape(one)}</p>" for one in sentences) + "</div>"


def _lines(shown: ShownLink, wording: Wording, language: str) -> str:
    items = (
        f"<li>{escape((line.name_ja if language == 'ja' else line.name_en) or line.sku)}"
        f" {escape(wording.pieces.format(pieces=line.quantity))}</li>"
        for line in shown.lines
    )
    return f"<ul>{''.join(items)}</ul>"


def _form(shown: ShownLink, number: int, wording: Wording, language: str) -> str:
    options = "".join(_option(option, wording, language) for option in shown.options)
    return (
        f'<form method="post" action="?lang={language}"><fieldset><legend>{escape(wording.choose)}</legend>'
        f'{options}</fieldset><input type="hidden" name="number" value="{number}">'
        f'<button type="submit">{escape(wording.send)}</button></form>'
    )


def _option(option: ShownOption, wording: Wording, language: str) -> str:
    name = (option.name_ja if language == "ja" else option.name_en) or option.location_id
    text = wording.option[option.kind].format(store=name)
    notes = [option.address] if option.address else []
    if option.ready_by is not None:
        notes.append(wording.ready_by.format(until=wording.written(option.ready_by)))
    if option.kind is ChoiceKind.SHIP:
        notes.append(wording.address_on_file)
    small = "".join(f"<small>{escape(note)}</small>" for note in notes)
    value = escape(option_value(option.kind, option.location_id))
    label = (
        f'<label><input type="radio" name="choice" value="{value}" required> {escape(text)}{small}</label>'
    )
    return label + (_prefectures(wording, language) if option.kind is ChoiceKind.SHIP else "")


def _prefectures(wording: Wording, language: str) -> str:
    options = "".join(
        f'<option value="{one.code}">{escape(_name(one, language))}</option>' for one in PREFECTURES
    )
    return (
        f'<label>{escape(wording.prefecture)} <select name="prefecture">'
        f'<option value=""></option>{options}</select></label>'
    )


def _prefecture(code: str | None, language: str) -> str:
    return next((_name(one, language) for one in PREFECTURES if one.code == code), "")


def _name(prefecture: Prefecture, language: str) -> str:
    return prefecture.name_ja if language == "ja" else prefecture.name_en

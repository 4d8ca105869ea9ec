"""What channels are told by invented people: cards, accounts, devices, each as its form asks and people fill it in.

The shares were fixed before anything was measured with them. Each statement carries whose it is: a labelled set.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from tsunagu.contracts.values import Identifier, IdentifierKind, PersonalData, PostalAddress
from tsunagu.retailer.name_pool import NamePool
from tsunagu.retailer.people import Difficulty, Person, in_current_form, people
from tsunagu.retailer.slips import with_slip

SLIP_SHARE = 0.08
"""Records with a slip: one form in twelve, as studies of hand-typed registers find."""

BIRTH_DATE_MISSING_SHARE = 0.12
"""Records without a birth date: forms ask for it because of the birthday's coupon, and some skip it."""

KANA_MISSING_SHARE = 0.08
"""Records without readings: old ones, and forms from abroad."""

KANA_STYLES = {"katakana": 0.7, "hiragana": 0.2, "half_width": 0.1}
"""Forms ask for katakana; some take hiragana; old tills have half-width signs only."""

ONE_FIELD_SHARE = 0.01
EXCHANGED_NAMES_SHARE = 0.005
"""Records with the whole name in the family name's field, and with the two names exchanged: forms of other make."""

OLD_FORM_KEPT_SHARE = 0.5
"""Records that have the old form of a character, of those whose register has it: every second keyboard has none."""

PHONE_SHARE = 0.88
LANDLINE_GIVEN_SHARE = 0.35
"""Records with a phone; of those on paper, with the landline where there is one."""

MAIN_EMAIL_SHARE = 0.7
HOUSEHOLD_EMAIL_GIVEN_SHARE = 0.6
"""Of who has two addresses, records with the first; of who shares one at home, records with that."""

LOGGED_IN_SHARE = 0.7
"""Apps on which the shopper has logged in to the EC account (as the demonstration has it)."""

CARD_NAMED_SHARE = 0.4
"""EC accounts in which the shopper has entered the number of the card, to collect points there."""

TABLET_PEOPLE = 300
TABLET = "device:shop-tablet"
"""A tablet at a counter on which so many have been registered: it is named as their device."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What a channel asks. `share`: of people who have one."""

    prefix: str
    kind: IdentifierKind
    share: float
    email: float
    address: float
    is_on_paper: bool


CARD = _Form("card", IdentifierKind.MEMBER_CARD, 0.85, email=0.6, address=0.9, is_on_paper=True)
ACCOUNT = _Form("ec", IdentifierKind.EC_ACCOUNT, 0.68, email=1.0, address=0.95, is_on_paper=False)
APP = _Form("app", IdentifierKind.APP_DEVICE, 0.55, email=1.0, address=0.4, is_on_paper=False)
COUNTER = _Form("counter", IdentifierKind.CHANNEL, 0.35, email=0.15, address=0.7, is_on_paper=True)
SECOND_CARD = _Form("card", IdentifierKind.MEMBER_CARD, 0.17, email=0.6, address=0.9, is_on_paper=True)
FORMS = (CARD, ACCOUNT, APP, COUNTER, SECOND_CARD)
"""Together 2.6 records a person. A second card: lost and made anew at the counter, where nobody looks for the first."""

_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_HALF_WIDTH = dict(
    zip(
        "ァアィイゥウェエォオカキクケコサシスセソタチッツテトナニヌネノハヒフヘホマミムメモャヤュユョヨラリルレロワヲンー",
        "ｧｱｨｲｩｳｪｴｫｵｶｷｸｹｺｻｼｽｾｿﾀﾁｯﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓｬﾔｭﾕｮﾖﾗﾘﾙﾚﾛﾜｦﾝｰ",
        strict=True,
    )
)
_HALF_WIDTH |= {
    chr(ord(plain) + mark): _HALF_WIDTH[plain] + sign
    for marked, mark, sign in (("カキクケコサシスセソタチツテトハヒフヘホ", 1, "ﾞ"), ("ハヒフヘホ", 2, "ﾟ"))
    for plain in marked
}


@dataclass(frozen=True, slots=True)
class Statement:
    """What a channel says of a ref, and whose it is."""

    person_id: str
    ref: str
    kind: IdentifierKind
    identifiers: tuple[Identifier, ...]
    personal: PersonalData


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """People, and what channels say of them in the order in which they say it."""

    people: dict[str, Person]
    statements: list[Statement]


def labelled_set(seed: int, number: int, names: NamePool) -> LabelledSet:
    """About 2.6 statements of each of at least `number` people, in random order."""
    random = Random(f"{seed}:statements")
    everybody = people(seed, number, names)
    made = [list(_statements(random, one)) for one in everybody]
    carded = [place for place, own in enumerate(made) if own[0].kind is IdentifierKind.MEMBER_CARD]
    tablet = Identifier(kind=IdentifierKind.APP_DEVICE, value=TABLET)
    share = min(1.0, number / 20_000)
    for place in random.sample(carded, round(TABLET_PEOPLE * share)):
        first = made[place][0]
        made[place][0] = replace(first, identifiers=(*first.identifiers, tablet))
        marked = everybody[place].difficulties | {Difficulty.TABLET}
        everybody[place] = replace(everybody[place], difficulties=marked)
    statements = [statement for own in made for statement in own]
    random.shuffle(statements)
    return LabelledSet({one.person_id: one for one in everybody}, statements)


def _statements(random: Random, person: Person) -> Iterator[Statement]:
    forms = [form for form in FORMS if random.random() < form.share]
    forms = forms or [CARD]
    if SECOND_CARD in forms and CARD not in forms:
        forms[forms.index(SECOND_CARD)] = CARD
    refs = {form: f"{form.prefix}:{person.person_id}{'b' if form is SECOND_CARD else ''}" for form in forms}
    for form in sorted(forms, key=FORMS.index):
        identifiers = []
        if form is APP and ACCOUNT in refs and random.random() < LOGGED_IN_SHARE:
            identifiers.append(Identifier(kind=IdentifierKind.EC_ACCOUNT, value=refs[ACCOUNT]))
        card = person.family_card or refs.get(CARD)
        if form is ACCOUNT and card is not None and random.random() < CARD_NAMED_SHARE:
            identifiers.append(Identifier(kind=IdentifierKind.MEMBER_CARD, value=card))
        personal = _personal(random, person, form)
        yield Statement(person.person_id, refs[form], form.kind, tuple(identifiers), personal)


def _personal(random: Random, person: Person, form: _Form) -> PersonalData:
    """What somebody enters, as it is at that time."""
    time = -1 if random.random() >= person.changed_at else 0
    family, home, landline = person.families[time], person.homes[time], person.landlines[time]
    kept = random.random() < OLD_FORM_KEPT_SHARE
    right = PersonalData(
        family_name=family.kanji if kept else in_current_form(family.kanji),
        given_name=person.spelling if kept else in_current_form(person.spelling),
        family_name_kana=family.kana,
        given_name_kana=person.given.kana,
        birth_date=None if random.random() < BIRTH_DATE_MISSING_SHARE else person.birth_date,
        phones=_phones(random, person, landline, form),
        emails=_emails(random, person, form),
        addresses=(home,) if random.random() < form.address else (),
    )
    if random.random() < KANA_MISSING_SHARE:
        right = right.model_copy(update={"family_name_kana": None, "given_name_kana": None})
    if random.random() < SLIP_SHARE:
        right = with_slip(random, person, right)
    return _as_written(random, right)


def _phones(random: Random, person: Person, landline: str | None, form: _Form) -> tuple[str, ...]:
    if random.random() >= PHONE_SHARE:
        return ()
    on_paper = form.is_on_paper and random.random() < LANDLINE_GIVEN_SHARE
    phone = (landline if on_paper else None) or person.mobile or landline
    return () if phone is None else (phone,)


def _emails(random: Random, person: Person, form: _Form) -> tuple[str, ...]:
    if random.random() >= form.email:
        return ()
    if person.household_email and random.random() < HOUSEHOLD_EMAIL_GIVEN_SHARE:
        return (person.household_email,)
    if not person.emails:
        return ()
    return (person.emails[0] if random.random() < MAIN_EMAIL_SHARE else person.emails[-1],)


def _as_written(random: Random, right: PersonalData) -> PersonalData:
    """The same in one of the ways in which forms have it written: no slip, only another spelling of the same."""
    style = random.choices(list(KANA_STYLES), list(KANA_STYLES.values()))[0]
    changed: dict[str, object] = {
        field: _in_style(style, kana)
        for field in ("family_name_kana", "given_name_kana")
        if (kana := getattr(right, field))
    }
    changed["phones"] = tuple(_phone_as_typed(random, phone) for phone in right.phones)
    changed["addresses"] = tuple(_address_as_typed(random, address) for address in right.addresses)
    if random.random() < ONE_FIELD_SHARE:
        changed |= {"family_name": f"{right.family_name}　{right.given_name}", "given_name": None}
    elif random.random() < EXCHANGED_NAMES_SHARE:
        changed |= {"family_name": right.given_name, "given_name": right.family_name}
        kana = changed.get("family_name_kana")
        changed |= {"family_name_kana": changed.get("given_name_kana"), "given_name_kana": kana}
    return right.model_copy(update=changed)


def _in_style(style: str, kana: str) -> str:
    if style == "hiragana":
        return kana.translate(_HIRAGANA)
    if style == "half_width":
        return "".join(_HALF_WIDTH.get(sign, sign) for sign in kana)
    return kana


def _phone_as_typed(random: Random, digits: str) -> str:
    if random.random() < 0.5:
        return digits
    return f"{digits[:3]}-{digits[3:-4]}-{digits[-4:]}"


def _address_as_typed(random: Random, address: PostalAddress) -> PostalAddress:
    """Block and house as 1-2-3, or with their words."""
    if random.random() < 0.5:
        return address
    start = next(place for place, sign in enumerate(address.street) if sign.isdigit())
    block, lot, house = address.street[start:].split("-")
    return address.model_copy(update={"street": f"{address.street[:start]}{block}丁目{lot}番{house}号"})

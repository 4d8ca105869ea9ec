"""A notice as a mail: who it goes to, in which language, with what is known by then."""

from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from customer import vault
from customer.domain.letters import Style, letter, written_amount, written_name, written_time
from customer.domain.notices import Notice, NoticeKind
from customer.identifiers import mail_address
from customer.keyring import keyring
from customer.settings import settings
from customer.store import people
from customer.store.histories import SQL as HISTORIES_SQL
from customer.store.notices import SQL
from customer.store.people import Addressee
from customer.texts import texts
from tsunagu.chassis import Connection
from tsunagu.contracts.messages import OrderLink
from tsunagu.contracts.values import LinkPurpose, PersonalData

_WITH_CODE = (NoticeKind.READY, NoticeKind.REMINDER)
_WITH_LINK = {NoticeKind.CONFIRMED: LinkPurpose.ORDER, NoticeKind.CHOICE: LinkPurpose.CHOICE}


@dataclass(frozen=True, slots=True)
class Mail:
    """What is handed to the server. Nothing of it shows in repr.

    `digest`: of the ref under which the address is known.
    """

    digest: str
    recipient: str = field(repr=False)
    message: EmailMessage = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something that the notice needs has not come yet. `mail` is what can be sent without it, if anything can."""

    mail: Mail | None


async def write(connection: Connection, notice: Notice, now: datetime) -> Mail | Lacking:
    """The mail of a notice as it is now. Raises cryptography's InvalidTag where the keys are of another database."""
    people_named = await people.addressees(connection, *notice.addressees)
    reached = _reached(people_named)
    if reached is None:
        return Lacking(None)
    address, addressee = reached
    person = addressee.personal
    languages = texts()
    language = person.language if person.language in languages else settings().language
    assert language is not None
    spoken = languages[language]
    values = _known(notice, spoken.style, person)
    lacks = False
    if notice.location_id is not None:
        place = await connection.fetchrow(SQL.load_location, notice.location_id)
        lacks = place is None
        values["store"] = notice.location_id
        if place is not None:
            values["store"] = place["name_ja"] if language == "ja" else place["name_en"]
            values["address"] = place["address"]
    if notice.kind is NoticeKind.HISTORY_CODE:
        stored = await connection.fetchval(HISTORIES_SQL.load_history_code, notice.link_id)
        if stored is None:
            return Lacking(None)  # the link has ended meanwhile, and with it this notice
        values["code"] = vault.take_history_code_out(keyring().master, stored, str(notice.link_id))
    if notice.kind in _WITH_CODE:
        stored = await connection.fetchval(SQL.load_code, notice.order_id)
        lacks = lacks or stored is None
        if stored is not None:
            values["code"] = vault.take_code_out(keyring().master, stored, str(notice.order_id))
    purpose, url = _WITH_LINK.get(notice.kind), settings().order_link_url
    if purpose is not None and url is not None:
        stored = await connection.fetchval(SQL.load_link, notice.order_id, purpose)
        lacks = lacks or stored is None
        if stored is not None:
            link_id = OrderLink.key_of(purpose, str(notice.order_id))
            values["link"] = url.format(token=vault.take_link_out(keyring().master, stored, link_id))
    text = letter(spoken.wordings[notice.kind], values)
    mail = Mail(addressee.digest, address, _message(notice, address, text.subject, text.body, language, now))
    return Lacking(mail) if lacks else mail


def _reached(people_named: list[Addressee]) -> tuple[str, Addressee] | None:
    """The first of them who has an e-mail address, and that."""
    for person in people_named:
        for email in person.personal.emails:
            address = mail_address(email)
            if address is not None:
                return address, person
    return None


def _known(notice: Notice, style: Style, person: PersonalData) -> dict[str, str]:
    values: dict[str, str] = {}
    if notice.order_id is not None:
        values.update(order_id=notice.order_id, pieces=str(notice.pieces))
    name = written_name(style, person)
    if name is not None:
        values["name"] = name
    if notice.until is not None:
        values["until"] = written_time(style, notice.until)
    if notice.carrier is not None:
        values["carrier"] = notice.carrier
    if notice.tracking_number is not None:
        values["tracking_number"] = notice.tracking_number
    if notice.amount_jpy is not None:
        values["amount"] = written_amount(style, notice.amount_jpy)
    if settings().mail_from_name:
        values["sender"] = settings().mail_from_name
    return values


def _message(
    notice: Notice, address: str, subject: str, body: str, language: str, now: datetime
) -> EmailMessage:
    sender = settings().mail_from
    assert sender is not None, "nothing is written without a mail server, and that needs a sender"
    message = EmailMessage()
    message["From"] = Address(settings().mail_from_name, addr_spec=sender)
    message["To"] = Address(addr_spec=address)
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    # The same for every try of a notice: whoever gets it twice can tell.
    message["Message-ID"] = f"<{notice.notice_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body, cte="base64")  # understood by every server; not all take 8-bit text
    message["Content-Language"] = language  # after the content, which comes with its own headers
    return message

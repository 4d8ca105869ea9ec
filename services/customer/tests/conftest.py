"""Keys of this test run, a running customer service, and mothers of its messages."""

import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from customer import keyring, sealing, settings
from customer.app import SERVICE
from customer.postman import Postman
from tsunagu.chassis import clock, pooled
from tsunagu.chassis.clock import TimeSource
from tsunagu.chassis.http import build_app
from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts import messages as m
from tsunagu.contracts.messages.customer import CustomerEvent
from tsunagu.contracts.values import (
    CompletedLine,
    Disposition,
    FulfilmentGroup,
    FulfilmentMethod,
    Identifier,
    IdentifierKind,
    OrderLine,
    Payment,
    PersonalData,
    ReturnedLine,
    SaleLine,
    SaleReturnLine,
    UnmatchedReturnLine,
)
from tsunagu.testing.databases import TestDatabases
from tsunagu.testing.harness import Harness, harness
from tsunagu.testing.mail_server import TestMailServer, mail_server
from tsunagu.testing.plugin import NewDatabase


@pytest.fixture(scope="session", autouse=True)
def _keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    keyring.create(path)
    patch = pytest.MonkeyPatch()
    patch.setenv("TSUNAGU_CUSTOMER_KEYS_FILE", str(path))
    settings.settings.cache_clear()
    keyring.keyring.cache_clear()
    yield path
    patch.undo()
    settings.settings.cache_clear()
    keyring.keyring.cache_clear()


@pytest_asyncio.fixture(loop_scope="session")
async def database(new_database: NewDatabase) -> str:
    """A database of the test's own, migrated already: a clone takes a tenth of what migrating takes."""
    return await new_database(SERVICE.migrations)


@pytest_asyncio.fixture(loop_scope="session")
async def service(database: str) -> AsyncIterator[Harness]:
    """Customer on a database of the test's own."""
    async with harness(SERVICE, database) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def migrated(postgres: str) -> AsyncIterator[Harness]:
    """Customer on a database that a whole module shares; its tests change nothing."""
    databases = TestDatabases(postgres)
    try:
        async with harness(SERVICE, await databases.create(None)) as running:
            yield running
    finally:
        await databases.drop_all()


class Hours:
    """The time of this process, which a test can put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def pass_by(self, **span: float) -> None:
        """So much later now."""
        self.ahead += timedelta(**span)


@pytest.fixture
def hours() -> Iterator[Hours]:
    """Time goes on as ever, and by leaps: `hours.pass_by(minutes=5)`."""
    hours = Hours()
    machine = clock.MACHINE
    clock.install(
        TimeSource(
            now=lambda: machine.now() + hours.ahead,
            monotonic=lambda: machine.monotonic() + hours.ahead.total_seconds(),
        )
    )
    yield hours
    clock.install(machine)


class Settings:
    """The settings of customer as a test has them: `use(smtp_host="…")`."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def use(self, **values: object) -> None:
        """These are in force from now on, as environment variables."""
        for name, value in values.items():
            self._patch.setenv(f"TSUNAGU_CUSTOMER_{name.upper()}", str(value))
        settings.settings.cache_clear()


@pytest.fixture
def use_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings for this test alone."""
    yield Settings(monkeypatch)
    monkeypatch.undo()
    settings.settings.cache_clear()


@pytest_asyncio.fixture(loop_scope="session")
async def mail(use_settings: Settings) -> AsyncIterator[TestMailServer]:
    """A mail server that customer sends to. A cancellation does not wait for its refund."""
    async with mail_server() as server:
        use_settings.use(
            smtp_host="127.0.0.1",
            smtp_port=server.port,
            smtp_tls="none",
            mail_from="orders@shop.example.jp",
            mails_per_second_max=10_000,
            refund_wait_seconds=0,
        )
        yield server


class Post:
    """Who sends notices: one process, without the loops that call it again and again."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.postman = Postman()

    async def go_round(self) -> None:
        """Send what is due now."""
        await self.postman.go_round(self.runtime)


@pytest_asyncio.fixture(loop_scope="session")
async def post(database: str, mail: TestMailServer) -> AsyncIterator[Post]:
    """The postman of a process on the test's database."""
    runtime = Runtime(SERVICE, ChassisSettings(database_url=database))
    await runtime._migrate()
    try:
        yield Post(runtime)
    finally:
        await runtime.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def runtime(service: Harness, database: str) -> AsyncIterator[Runtime]:
    """A process of customer on the test's database, as its routes and periodic tasks are given it."""
    runtime = Runtime(SERVICE, ChassisSettings(database_url=database))
    await runtime._migrate()
    try:
        yield runtime
    finally:
        await pooled(runtime).close()


@pytest_asyncio.fixture(loop_scope="session")
async def operator(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """A client of customer's port for operators."""
    transport = httpx.ASGITransport(app=build_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://customer") as client:
        yield client


@pytest.fixture(scope="session")
def a() -> "Mothers":
    """`a.sale(…)`, `a.identification(…)`: messages as others send them, with new ids."""
    return Mothers()


def _new() -> str:
    return uuid.uuid4().hex


class Mothers:
    """Messages that are valid and new; what a test is about is given, the rest does not matter."""

    def ref(self, kind: str = "app") -> str:
        return f"{kind}:{_new()}"

    def ago(self, **span: float) -> datetime:
        return datetime.now(UTC) - timedelta(**span)

    def sealed(self, **personal: Any) -> str:
        return sealing.seal(PersonalData(**personal), keyring.keyring().public_sealing_key())

    def identification(
        self,
        ref: str,
        *,
        others: Sequence[str] = (),
        kind: IdentifierKind = IdentifierKind.MEMBER_CARD,
        at: datetime | None = None,
        **personal: Any,
    ) -> m.IdentifyCustomer:
        return m.IdentifyCustomer(
            identification_id=_new(),
            customer_ref=ref,
            channel="app",
            identifiers=tuple(Identifier(kind=kind, value=other) for other in others),
            sealed=self.sealed(**personal) if personal else None,
            occurred_at=at or datetime.now(UTC),
        )

    def recipient(
        self, ref: str, customer_ref: str | None = None, at: datetime | None = None, **personal: Any
    ) -> m.RecordRecipient:
        return m.RecordRecipient(
            record_id=_new(),
            recipient_ref=ref,
            customer_ref=customer_ref,
            channel="app",
            sealed=self.sealed(**(personal or {"family_name": "受取"})),
            occurred_at=at or datetime.now(UTC),
        )

    def consent(
        self,
        ref: str,
        *,
        granted: bool,
        purpose: str = "newsletter",
        channel: str = "app",
        at: datetime | None = None,
    ) -> m.RecordConsent:
        return m.RecordConsent(
            consent_id=_new(),
            customer_ref=ref,
            channel=channel,
            purpose=purpose,
            granted=granted,
            wording="2026-04",
            occurred_at=at or datetime.now(UTC),
        )

    def merge(self, ref: str, other: str) -> m.MergeCustomers:
        return m.MergeCustomers(
            merge_id=_new(), customer_ref=ref, other_ref=other, occurred_at=datetime.now(UTC)
        )

    def split(self, ref: str, *moved: str) -> m.SplitCustomer:
        return m.SplitCustomer(
            split_id=_new(), customer_ref=ref, split_refs=moved, occurred_at=datetime.now(UTC)
        )

    def undo(self, event: CustomerEvent) -> m.UndoIdentityChange:
        return m.UndoIdentityChange(
            undo_id=_new(),
            customer_id=event.customer_id,
            change_version=event.version,
            occurred_at=datetime.now(UTC),
        )

    def erasure(self, ref: str) -> m.EraseCustomer:
        return m.EraseCustomer(erasure_id=_new(), customer_ref=ref, occurred_at=datetime.now(UTC))

    def line(
        self, line_id: str = "1", sku: str = "SKU", quantity: int = 1, jpy: int = 1000, **more: Any
    ) -> SaleLine:
        return SaleLine(line_id=line_id, sku=sku, quantity=quantity, amount_jpy=jpy, tax_percent=10, **more)

    def sale(
        self,
        ref: str | None,
        *,
        jpy: int = 1000,
        lines: Sequence[SaleLine] | None = None,
        at: datetime | None = None,
        receipt_id: str | None = None,
    ) -> m.SaleRecorded:
        return m.SaleRecorded(
            receipt_id=receipt_id or _new(),
            **self._till(at),
            customer_ref=ref,
            lines=tuple(lines if lines is not None else [self.line(jpy=jpy)]),
        )

    def void(self, sale: m.SaleRecorded) -> m.SaleVoided:
        return m.SaleVoided(void_id=_new(), receipt_id=sale.receipt_id, **self._till(None), lines=sale.lines)

    def till_return(self, original: str | None, *lines: SaleLine, ref: str | None = None) -> m.SaleReturned:
        return m.SaleReturned(
            receipt_id=_new(),
            original_receipt_id=original,
            customer_ref=ref,
            **self._till(None),
            lines=tuple(
                SaleReturnLine(
                    **line.model_dump(), disposition=Disposition.RESELLABLE, original_line_id=line.line_id
                )
                for line in lines
            ),
        )

    def placed(self, order_id: str, ref: str | None, *, recipient: str | None = None) -> m.OrderPlaced:
        now = datetime.now(UTC)
        return m.OrderPlaced(
            order_id=order_id,
            version=1,
            channel="ec",
            customer_ref=ref,
            recipient_ref=recipient,
            occurred_at=now,
            placed_at=now,
            groups=(FulfilmentGroup(group_id="g", method=FulfilmentMethod.PICKUP, location_id="S001"),),
            lines=(self._order_line(),),
            payment=Payment.PREPAID,
        )

    def cancelled(self, order_id: str, ref: str | None) -> m.OrderCancelled:
        return m.OrderCancelled(
            order_id=order_id,
            version=2,
            channel="ec",
            customer_ref=ref,
            reason="customer",
            lines=(self._order_line(),),
            order_finished=True,
            occurred_at=datetime.now(UTC),
        )

    def asked(self, order_id: str, ref: str | None) -> m.ChoiceRequested:
        return m.ChoiceRequested(
            order_id=order_id,
            version=3,
            channel="ec",
            customer_ref=ref,
            lines=(self._order_line(),),
            options=(),
            answer_by=datetime.now(UTC) + timedelta(hours=1),
            occurred_at=datetime.now(UTC),
        )

    def ready(self, order_id: str, ref: str | None, recipient: str | None = None) -> m.OrderReady:
        return m.OrderReady(
            order_id=order_id,
            version=3,
            channel="ec",
            customer_ref=ref,
            recipient_ref=recipient,
            group_id="g",
            location_id="S001",
            lines=(self._order_line(),),
            pickup_by=datetime.now(UTC) + timedelta(days=7),
            occurred_at=datetime.now(UTC),
        )

    def completed(
        self,
        order_id: str,
        ref: str | None,
        *,
        version: int = 5,
        line_id: str = "1",
        sku: str = "SKU",
        quantity: int = 1,
        jpy: int = 3000,
        recipient: str | None = None,
        at: datetime | None = None,
    ) -> m.OrderCompleted:
        at = at or datetime.now(UTC)
        line = CompletedLine(
            line_id=line_id, group_id="g", sku=sku, quantity=quantity, amount_jpy=jpy, tax_percent=10
        )
        return m.OrderCompleted(
            order_id=order_id,
            version=version,
            channel="ec",
            customer_ref=ref,
            recipient_ref=recipient,
            group_id="g",
            method=FulfilmentMethod.PICKUP,
            location_id="S001",
            lines=(line,),
            payment=Payment.PREPAID,
            placed_at=at,
            order_finished=True,
            occurred_at=at,
        )

    def items_returned(self, order_id: str, *, quantity: int = 1, jpy: int = 3000) -> m.ItemsReturned:
        line = ReturnedLine(
            line_id="1",
            sku="SKU",
            quantity=quantity,
            amount_jpy=jpy,
            tax_percent=10,
            disposition=Disposition.RESELLABLE,
        )
        return m.ItemsReturned(
            order_id=order_id,
            version=9,
            channel="ec",
            return_id=_new(),
            location_id="S002",
            lines=(line,),
            payment=Payment.PREPAID,
            occurred_at=datetime.now(UTC),
        )

    def unmatched(self, order_id: str, ref: str | None, *lines: SaleLine) -> m.HandoverUnmatched:
        return m.HandoverUnmatched(
            order_id=order_id,
            location_id="S001",
            lines=lines,
            receipt_id=_new(),
            customer_ref=ref,
            occurred_at=datetime.now(UTC),
        )

    def return_unmatched(self, order_id: str, *, quantity: int = 1) -> m.ReturnUnmatched:
        line = UnmatchedReturnLine(
            line_id="1", sku="SKU", quantity=quantity, disposition=Disposition.RESELLABLE
        )
        return m.ReturnUnmatched(
            order_id=order_id,
            return_id=_new(),
            location_id="S001",
            lines=(line,),
            occurred_at=datetime.now(UTC),
        )

    def view(self, ref: str | None, at: datetime | None = None) -> m.ProductViewed:
        return m.ProductViewed(
            activity_id=_new(),
            visitor_id=_new(),
            channel="app",
            customer_ref=ref,
            sku="SKU",
            occurred_at=at or datetime.now(UTC),
        )

    def scan(self, ref: str | None, at: datetime | None = None) -> m.ProductScanned:
        return m.ProductScanned(
            activity_id=_new(),
            visitor_id=_new(),
            channel="app",
            customer_ref=ref,
            gtin="4512345678906",
            location_id="S001",
            occurred_at=at or datetime.now(UTC),
        )

    def _order_line(self) -> OrderLine:
        return OrderLine(
            line_id="1", group_id="g", sku="SKU", quantity=1, unit_price_jpy=3000, tax_percent=10
        )

    def _till(self, at: datetime | None) -> dict[str, Any]:
        at = at or datetime.now(UTC)
        return {
            "location_id": "S001",
            "register_id": "R1",
            "receipt_number": 1,
            "business_date": at.date(),
            "occurred_at": at,
        }

"""Carriers: their codes in our words, their keys, what they report, and what their labels carry."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from edge.domain.carriers import CARRIERS, CarrierCodeError
from edge.partner.settings import Settings
from tsunagu.chassis.api_keys import digest_of, new_key
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.values import TrackingStatus
from tsunagu.testing.harness import all_of, only, record_of

component = pytest.mark.component
PARCEL = CARRIERS["parcel-carrier"]
KEYS = {name: new_key() for name in CARRIERS}
AT = "2026-04-01T18:12:00+09:00"


def numbered(digits: int) -> str:
    """A tracking number with the check digit that fits."""
    return f"{digits:011}{digits % 7}"


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=lambda carrier: carrier.name)
def test_statuses__of_every_carrier__say_that_it_has_left_and_that_it_has_arrived(carrier: Any) -> None:
    meant = {carrier.status_of(code) for code in carrier.statuses}
    assert {TrackingStatus.IN_TRANSIT, TrackingStatus.DELIVERED, TrackingStatus.RETURNED} <= meant
    with pytest.raises(CarrierCodeError, match="no such status"):
        carrier.status_of("what is this")


def test_statuses__of_the_parcel_carrier__each_of_ours_has_one_code() -> None:
    assert sorted(PARCEL.statuses.values()) == sorted(TrackingStatus)


def test_time_bands__of_every_carrier__are_codes_of_the_contract_both_ways() -> None:
    for carrier in CARRIERS.values():
        for band, code in carrier.time_bands.items():
            assert carrier.time_band_of(code) == band
            fact = {"tracking_id": "t", "parcel_id": "p", "order_id": "o", "status": "attempted"}
            m.ReportTracking.model_validate({**fact, "time_band": band, "occurred_at": AT})
        with pytest.raises(CarrierCodeError):
            carrier.time_band_of("never")


@given(st.integers(0, 99_999_999_999), st.integers(0, 11), st.integers(1, 9))
def test_label__a_number_with_a_wrong_digit__is_not_printed(digits: int, place: int, more: int) -> None:
    number = numbered(digits)
    assert PARCEL.label(number, "morning").barcode == f"a{number}a"
    wrong = f"{number[:place]}{(int(number[place]) + more) % 10}{number[place + 1 :]}"
    # Seven more is the one mistake that a check by seven can't see.
    if (int(wrong[place]) - int(number[place])) % 7:
        with pytest.raises(CarrierCodeError):
            PARCEL.label(wrong, None)


def test_label__own_truck__takes_any_number_and_has_no_time_bands() -> None:
    truck = CARRIERS["own-truck"]
    assert truck.label("shipment-1", None).symbology == "qr"
    with pytest.raises(CarrierCodeError, match="none"):
        truck.label("shipment-1", "morning")


def test_settings__a_key_of_a_carrier_that_has_no_adapter__ends_the_start() -> None:
    with pytest.raises(ValidationError, match="no such carrier"):
        Settings(carrier_keys={"0" * 64: "pigeon"})


def parcel_event(**values: Any) -> dict[str, Any]:
    return {"event_id": "e-1", "code": "30", "at": AT, "order_id": "o-1", "parcel_id": "p-1", **values}


def opened(open_door: Any) -> Any:
    """The partner's door, with a key for each carrier."""
    return open_door("partner", carrier_keys={digest_of(key): name for name, key in KEYS.items()})


async def report(door: Any, path: str, carrier: str, body: dict[str, Any]) -> Any:
    return await door.client.post(path, json=body, headers={"Authorization": f"Bearer {KEYS[carrier]}"})


@pytest.mark.wide
@component
async def test_parcel_event__in_the_carriers_codes__is_reported_in_ours_and_once(open_door: Any) -> None:
    body = parcel_event(
        code="40", place="新宿営業所", redelivery_at="2026-04-02T18:00:00+09:00", time_band="1820"
    )
    async with opened(open_door) as door:
        first = await report(door, "/v1/carrier/parcel-events", "parcel-carrier", body)
        again = await report(door, "/v1/carrier/parcel-events", "parcel-carrier", body)
        other = await report(door, "/v1/carrier/parcel-events", "parcel-carrier", {**body, "code": "50"})
        fact = only(await door.service.sent(), m.ReportTracking)
    assert (first.status_code, again.status_code, first.json()) == (202, 202, again.json())
    assert other.status_code == 422
    assert "id-taken" in other.json()["type"]
    assert (fact.tracking_id, fact.order_id, fact.parcel_id) == ("parcel-carrier:e-1", "o-1", "p-1")
    assert (fact.status, fact.place, fact.time_band) == (TrackingStatus.ATTEMPTED, "新宿営業所", "h18_20")
    assert fact.occurred_at == datetime(2026, 4, 1, 9, 12, tzinfo=UTC)
    assert fact.redelivery_at == datetime(2026, 4, 2, 9, tzinfo=UTC)


@pytest.mark.wide
@component
async def test_shipment_event__of_the_own_truck__is_keyed_by_where_it_left(open_door: Any) -> None:
    body = {"event_id": "e-1", "code": "departed", "at": AT, "shipment_id": "s-1", "location_id": "W001"}
    async with opened(open_door) as door:
        answer = await report(door, "/v1/carrier/shipment-events", "own-truck", body)
        fact = only(await door.service.sent(), m.ReportShipmentTracking)
    assert answer.status_code == 202
    assert (fact.record_key(), fact.shipment_id, fact.status) == ("W001", "s-1", TrackingStatus.IN_TRANSIT)


@pytest.mark.wide
@component
@pytest.mark.parametrize(
    "wrong", [{"code": "what"}, {"time_band": "never"}, {"order": "o"}, {"event_id": ""}]
)
async def test_parcel_event__with_what_the_carrier_does_not_have__is_refused_and_nothing_is_kept(
    open_door: Any, wrong: dict[str, str]
) -> None:
    async with opened(open_door) as door:
        answer = await report(door, "/v1/carrier/parcel-events", "parcel-carrier", parcel_event(**wrong))
        assert await door.service.sent() == []
        assert await door.service.connection.fetchval("SELECT count(*) FROM pending_command") == 0
    assert answer.status_code == 422


@pytest.mark.wide
@component
async def test_keys__of_channels_and_of_carriers__open_only_their_own_routes(open_door: Any, a: Any) -> None:
    async with opened(open_door) as door:
        as_channel = await door.post("/v1/carrier/parcel-events", "app", parcel_event())
        as_carrier = await door.client.post(
            "/v1/orders",
            json=a.order_body(),
            headers={"Authorization": f"Bearer {KEYS['own-truck']}", "Idempotency-Key": "1"},
        )
        nobody = await door.client.post("/v1/carrier/parcel-events", json=parcel_event())
        assert await door.service.sent() == []
    assert {as_channel.status_code, as_carrier.status_code, nobody.status_code} == {401}


@pytest.mark.wide
@component
@pytest.mark.parametrize("answer", ["tracked", "unmatched", "accepted"])
async def test_report__once_it_is_answered__is_not_sent_again(open_door: Any, a: Any, answer: str) -> None:
    about = {"order_id": "o-1", "version": 3, "occurred_at": AT}
    async with opened(open_door) as door:
        given = await report(door, "/v1/carrier/parcel-events", "parcel-carrier", parcel_event())
        fact = only(await door.service.sent(), m.ReportTracking)
        if answer == "tracked":
            said: Any = m.ParcelTracked.model_validate(
                {**about, "parcel_id": "p-1", "tracking_id": fact.tracking_id, "status": fact.status}
            )
        elif answer == "unmatched":
            said = m.WorkUnmatched.model_validate(
                {**about, "parcel_id": "p-1", "fact_type": fact.WIRE_TYPE, "fact_id": fact.tracking_id}
            )
        else:
            said = m.CommandAccepted.model_validate(
                {
                    "command_id": fact.tracking_id,
                    "command_type": fact.WIRE_TYPE,
                    "command_key": "o-1",
                    "occurred_at": AT,
                }
            )
        record = a.caused_by(said, given.json()["message_id"]) if answer == "accepted" else record_of(said)
        await door.service.deliver_records(topics.PICKUP_EVENTS, [record])
        assert not all_of(await door.service.make_due("resend_command"), m.ReportTracking)


@pytest.mark.wide
@component
async def test_label__for_a_store__has_the_references_and_no_address(open_door: Any) -> None:
    number = numbered(12_345_678_901)
    address = "/v1/carriers/parcel-carrier/label"
    query = f"?order_id=o-1&parcel_id=p-1&tracking_number={number}&time_band=h18_20"
    async with open_door("staff") as door:
        carriers = await door.get("/v1/carriers", "S001")
        label = await door.get(address + query, "S001")
        wrong = await door.get(f"{address}?order_id=o-1&parcel_id=p-1&tracking_number=1", "S001")
        unknown = await door.get(f"/v1/carriers/pigeon/label{query}", "S001")
        nobody = await door.client.get(address + query)
    assert {each["name"] for each in carriers.json()} == set(CARRIERS)
    assert label.json() == {
        "carrier": "parcel-carrier",
        "barcode": f"a{number}a",
        "symbology": "codabar",
        "time_band_code": "1820",
        "from_location_id": "S001",
        "order_id": "o-1",
        "parcel_id": "p-1",
    }
    assert (wrong.status_code, unknown.status_code, nobody.status_code) == (422, 404, 401)

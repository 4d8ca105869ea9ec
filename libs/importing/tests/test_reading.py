"""A file line by line: every line is messages or a problem, whatever is in it."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.contracts.envelope import Envelope, decode, encode
from tsunagu.contracts.messages import (
    Lane,
    Location,
    Product,
    ReceiveStock,
    SetDefaultSafetyStock,
    SetSafetyStock,
)
from tsunagu.contracts.values import OpeningHours, Weekday
from tsunagu.importing import KINDS, Bad, Encoding, Good, Import, NotImportable, detect

PRODUCT = {
    "sku": "SKU-1",
    "gtins": "4512345678906",
    "style_id": "ST-1",
    "color": "黒",
    "size": "M",
    "name_ja": "綿のシャツ",
    "name_en": "Cotton shirt",
    "brand": "つなぐ",
    "category": "トップス",
    "price_jpy": "1980",
    "tax_class": "standard",
    "active": "1",
}
LOCATION = {
    "location_id": "S001",
    "name_ja": "つなぐ渋谷店",
    "name_en": "Tsunagu Shibuya",
    "company_id": "tsunagu",
    "kind": "store",
    "prefecture": "東京都",
    "city": "渋谷区",
    "address": "道玄坂1-2-3",
    "latitude": "35.6580",
    "longitude": "139.7016",
    "opening_hours": "mon-fri 10:00-20:00; sat,sun 09:00-25:00",
    "pickup_enabled": "yes",
    "pick_minutes_per_day": "480",
    "walking_order": "トップス; ボトムス",
}
LANE = {
    "from_location_id": "W001",
    "to_location_id": "S001",
    "days": "mon-sat",
    "cut_off": "9:30",
    "transit_days": "1",
    "carrier": "つなぐ定期便",
    "cost_jpy": "1,200",
    "owner": "物流部",
}
STOCK = {"location_id": "S001", "sku": "SKU-1", "quantity": "12", "as_of": "2026-04-01", "safety_stock": "2"}
SAFETY_STOCK = {
    "location_id": "S001",
    "sku": "",
    "category": "トップス",
    "safety_stock": "2",
    "as_of": "2026-04-01",
}
LINES = {
    "products": PRODUCT,
    "locations": LOCATION,
    "lanes": LANE,
    "stock": STOCK,
    "safety-stock": SAFETY_STOCK,
}


def a_file(*rows: dict[str, str], encoding: str = "utf-8") -> bytes:
    """A CSV file with the columns of its first row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def outcomes(kind: str, content: bytes, encoding: Encoding | None = None) -> list[Good | Bad]:
    """What becomes of each line."""
    file = io.BytesIO(content)
    return list(Import(KINDS[kind], file, encoding or detect(file), version=1))


def problems(found: Sequence[Good | Bad]) -> list[tuple[int, str | None]]:
    """Line and column of every problem."""
    return [
        (problem.line, problem.column) for line in found if isinstance(line, Bad) for problem in line.problems
    ]


def only(found: Sequence[Good | Bad]) -> Good:
    (line,) = found
    assert isinstance(line, Good), line
    return line


# What a line becomes


def test_products__a_line__is_the_product_it_says() -> None:
    (message,) = only(outcomes("products", a_file(PRODUCT))).messages
    assert message == Product(
        version=1,
        sku="SKU-1",
        gtins=("4512345678906",),
        style_id="ST-1",
        color="黒",
        size="M",
        name_ja="綿のシャツ",
        name_en="Cotton shirt",
        brand="つなぐ",
        category="トップス",
        price_jpy=1980,
        tax_class="standard",
        active=True,
    )


def test_locations__a_line__is_the_location_it_says() -> None:
    (message,) = only(outcomes("locations", a_file(LOCATION))).messages
    assert isinstance(message, Location)
    assert (message.prefecture, message.latitude, message.pickup_enabled) == ("JP-13", 35.6580, True)
    assert message.walking_order == ("トップス", "ボトムス")
    assert message.opening_hours[0] == OpeningHours(day=Weekday.MON, opens="10:00", closes="20:00")
    assert message.opening_hours[-1] == OpeningHours(day=Weekday.SUN, opens="09:00", closes="25:00")


def test_lanes__a_line__is_the_lane_it_says() -> None:
    (message,) = only(outcomes("lanes", a_file(LANE))).messages
    assert isinstance(message, Lane)
    assert (message.lane_id, message.cut_off, message.cost_jpy) == ("W001:S001", "09:30", 1200)
    assert message.days == tuple(Weekday)[:6]


def test_locations_and_lanes__public_holidays__are_as_other_days_unless_the_line_says_no() -> None:
    for kind, line, column in (
        ("locations", LOCATION, "opens_on_holidays"),
        ("lanes", LANE, "runs_on_holidays"),
    ):
        for cell, is_so in (
            ({}, True),
            ({column: ""}, True),
            ({column: "有"}, True),
            ({column: "無"}, False),
        ):
            (message,) = only(outcomes(kind, a_file({**line, **cell}))).messages
            assert getattr(message, column) is is_so
        assert problems(outcomes(kind, a_file({**line, column: "GW"}))) == [(2, column)]


def test_stock__a_line__is_a_delivery_and_a_setting_at_the_time_it_says() -> None:
    delivery, setting = only(outcomes("stock", a_file(STOCK))).messages
    in_utc = datetime(2026, 3, 31, 15, tzinfo=UTC)
    assert isinstance(delivery, ReceiveStock)
    assert isinstance(setting, SetSafetyStock)
    assert (delivery.occurred_at, setting.set_at) == (in_utc, in_utc)
    assert [(line.sku, line.quantity) for line in delivery.lines] == [("SKU-1", 12)]
    assert [(line.sku, line.quantity) for line in setting.lines] == [("SKU-1", 2)]


def test_safety_stock__a_line_of_a_category__is_its_default_there_or_everywhere() -> None:
    (there,) = only(outcomes("safety-stock", a_file(SAFETY_STOCK))).messages
    assert isinstance(there, SetDefaultSafetyStock)
    assert (there.category, there.location_id, there.quantity) == ("トップス", "S001", 2)
    assert there.set_at == there.occurred_at == datetime(2026, 3, 31, 15, tzinfo=UTC)
    line = SAFETY_STOCK | {"location_id": "", "safety_stock": ""}
    (taken_back,) = only(outcomes("safety-stock", a_file(line))).messages
    assert isinstance(taken_back, SetDefaultSafetyStock)
    assert (taken_back.location_id, taken_back.quantity) == (None, None)


def test_safety_stock__a_line_of_a_sku__is_its_own_setting() -> None:
    line = SAFETY_STOCK | {"sku": "SKU-1", "category": ""}
    (message,) = only(outcomes("safety-stock", a_file(line))).messages
    assert isinstance(message, SetSafetyStock)
    assert (message.location_id, message.lines[0].sku, message.lines[0].quantity) == ("S001", "SKU-1", 2)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"sku": "SKU-1"}, "about a sku or about a category"),
        ({"category": ""}, "about a sku or about a category"),
        ({"sku": "SKU-1", "category": "", "location_id": ""}, "needs its location_id"),
        ({"sku": "SKU-1", "category": "", "safety_stock": ""}, "safety_stock is empty"),
    ],
)
def test_safety_stock__cells_that_make_no_sense_together__are_a_bad_line(
    cells: dict[str, str], reason: str
) -> None:
    (line,) = outcomes("safety-stock", a_file(SAFETY_STOCK | cells))
    assert isinstance(line, Bad)
    assert reason in line.problems[0].reason


def test_safety_stock__the_same_category_twice__there_and_everywhere_are_two() -> None:
    found = outcomes("safety-stock", a_file(SAFETY_STOCK, SAFETY_STOCK | {"location_id": ""}, SAFETY_STOCK))
    assert problems(found) == [(4, "category")]


def test_stock__no_pieces__is_a_good_line_without_a_delivery() -> None:
    line = only(outcomes("stock", a_file(STOCK | {"quantity": "0", "safety_stock": ""})))
    assert line.messages == ()


def test_stock__the_same_place_and_sku_in_another_file__is_the_same_delivery() -> None:
    first, _ = only(outcomes("stock", a_file(STOCK))).messages
    after_a_bad_line = outcomes("stock", a_file(STOCK | {"sku": ""}, STOCK))[1]
    assert isinstance(after_a_bad_line, Good)
    assert after_a_bad_line.messages[0] == first
    other, _ = only(outcomes("stock", a_file(STOCK | {"quantity": "13"}))).messages
    assert other.identity() == first.identity()
    assert other != first


def test_stock__without_the_column__takes_the_moment_it_is_given() -> None:
    without = {name: value for name, value in STOCK.items() if name != "as_of"}
    with pytest.raises(NotImportable, match="as_of"):
        outcomes("stock", a_file(without))
    at = datetime(2026, 4, 1, tzinfo=UTC)
    content = io.BytesIO(a_file(without))
    (line,) = Import(KINDS["stock"], content, Encoding.UTF_8, version=1, as_of=at)
    assert isinstance(line, Good)
    assert getattr(line.messages[0], "occurred_at") == at  # noqa: B009


# Encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_encoding__each_that_retailers_use__is_found_out(encoding: str) -> None:
    (message,) = only(outcomes("products", a_file(PRODUCT, encoding=encoding))).messages
    assert isinstance(message, Product)
    assert message.name_ja == "綿のシャツ"


def test_encoding__one_spoiled_byte_in_utf_8__costs_its_line_only() -> None:
    rows = [PRODUCT | {"sku": f"SKU-{number}"} for number in range(5)]
    content = a_file(*rows).replace(
        "SKU-2,4512345678906,ST-1,黒".encode(), b"SKU-2,4512345678906,ST-1,\xe9\xbb"
    )
    found = outcomes("products", content)
    assert problems(found) == [(4, "color")]
    assert sum(isinstance(line, Good) for line in found) == 4


def test_encoding__utf_16__says_what_to_do() -> None:
    with pytest.raises(NotImportable, match="UTF-16"):
        outcomes("products", a_file(PRODUCT, encoding="utf-16"))


# The header


def test_header__a_column_is_missing__names_it() -> None:
    with pytest.raises(NotImportable, match="lacks tax_class"):
        outcomes("products", a_file({name: text for name, text in PRODUCT.items() if name != "tax_class"}))


def test_header__twice_the_same_column__is_refused() -> None:
    with pytest.raises(NotImportable, match="twice"):
        outcomes("products", a_file(PRODUCT).replace(b"gtins", b"sku"))


def test_header__an_empty_file__is_refused() -> None:
    with pytest.raises(NotImportable, match="empty"):
        outcomes("products", b"")


def test_header__any_order_case_and_foreign_columns__are_fine_and_named() -> None:
    turned = dict(reversed((PRODUCT | {"memo": "秋物"}).items()))
    content = a_file(turned).replace(b"price_jpy", b" Price_JPY ")
    source = Import(KINDS["products"], io.BytesIO(content), Encoding.UTF_8, version=1)
    assert source.ignored_columns == ("memo",)
    assert only(list(source)).messages[0].record_key() == "SKU-1"


# Bad lines


def test_bad_line__every_column_that_is_wrong__is_named_and_the_others_go_through() -> None:
    rows = [PRODUCT, PRODUCT | {"sku": "SKU-2", "price_jpy": "-5", "active": ""}, PRODUCT | {"sku": "SKU-3"}]
    found = outcomes("products", a_file(*rows))
    assert problems(found) == [(3, "active")]
    found = outcomes("products", a_file(*(row | {"active": "1"} for row in rows)))
    assert problems(found) == [(3, "price_jpy")]
    assert [type(line) for line in found] == [Good, Bad, Good]


def test_bad_line__the_same_key_again__names_the_line_that_has_it() -> None:
    found = outcomes("stock", a_file(STOCK, STOCK | {"sku": "SKU-2"}, STOCK))
    assert problems(found) == [(4, "sku")]
    bad = found[2]
    assert isinstance(bad, Bad)
    assert bad.problems[0].reason == "the same location_id and sku as on line 2"


def test_bad_line__too_few_cells__says_how_many() -> None:
    found = outcomes("products", a_file(PRODUCT) + b"SKU-2,x\r\n")
    assert problems(found) == [(3, None)]


def test_bad_line__an_unclosed_quotation_mark__costs_its_line_only() -> None:
    content = a_file(PRODUCT) + b'"SKU-2,no end\r\n' + a_file(PRODUCT | {"sku": "SKU-3"}).split(b"\r\n", 1)[1]
    found = outcomes("products", content)
    assert [line.line for line in found] == [2, 3, 4]
    assert [type(line) for line in found] == [Good, Bad, Good]


def test_bad_line__two_slips_of_the_pen_that_make_one_quoted_cell__cost_their_own_lines_only() -> None:
    good = a_file(PRODUCT | {"sku": "SKU-3"}).split(b"\r\n", 1)[1]
    found = outcomes("products", a_file(PRODUCT) + b'"SKU-2,slip\r\n' + good + b'slip",SKU-4\r\n')
    assert [(line.line, type(line)) for line in found] == [(2, Good), (3, Bad), (4, Good), (5, Bad)]


def test_bad_line__longer_than_any_row__costs_its_line_only() -> None:
    content = (
        a_file(PRODUCT)
        + b"x" * 200_000
        + b"\r\n"
        + a_file(LINES["products"] | {"sku": "S"}).split(b"\r\n", 1)[1]
    )
    found = outcomes("products", content)
    assert problems(found) == [(3, None)]
    assert [type(line) for line in found] == [Good, Bad, Good]


def test_good_line__a_quoted_cell_over_several_lines_in_a_foreign_column__is_one_record() -> None:
    first = PRODUCT | {"memo": "one\ntwo\nthree"}
    found = outcomes("products", a_file(first, first | {"sku": "SKU-2"}))
    assert [(type(line), line.line) for line in found] == [(Good, 2), (Good, 5)]


def test_empty_lines__are_passed_over_and_counted() -> None:
    found = outcomes("stock", a_file(STOCK) + b"\r\n,,,,\r\n" + b"S001,SKU-2,x,2026-04-01,\r\n")
    assert problems(found) == [(5, "quantity")]


# Whatever comes

CELLS = st.one_of(
    st.sampled_from(
        ["", " ", "0", "-1", "1,980", "９８０", "1e9", "9" * 30, "a:b", "x" * 201, "２０２６/４/１"]
    ),
    st.sampled_from(
        ["mon-", "火~金 10:00~20:00", "sat-mon 9:00-29:59", "sun 25:00-9:00", "\x00", "\x85", "😀"]
    ),
    st.text(max_size=20),
)


@st.composite
def some_files(draw: st.DrawFn) -> tuple[str, list[dict[str, str]]]:
    kind = draw(st.sampled_from(list(KINDS)))
    rows = draw(
        st.lists(
            st.dictionaries(st.sampled_from(list(LINES[kind])), CELLS, max_size=2), min_size=1, max_size=8
        )
    )
    return kind, [LINES[kind] | row for row in rows]


@given(some_files(), st.sampled_from(["utf-8", "cp932"]))
def test_any_cells__each_line_is_messages_that_every_reader_takes_or_problems(
    kind_and_rows: tuple[str, list[dict[str, str]]], encoding: str
) -> None:
    kind, rows = kind_and_rows
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([LINES[kind], *([cell.translate(LINE_ENDS) for cell in row.values()] for row in rows)])
    content = text.getvalue().encode(encoding, "replace" if encoding == "cp932" else "surrogatepass")
    found = outcomes(kind, content, Encoding(encoding))
    assert [line.line for line in found] == list(range(2, len(rows) + 2))
    for line in found:
        if isinstance(line, Bad):
            assert line.problems
            assert all(problem.reason.isprintable() for problem in line.problems)
            continue
        for message in line.messages:
            envelope = Envelope.for_message(message, id="1", source="tests", time=datetime.now(UTC))
            record = encode(envelope, message)
            assert decode(KINDS[kind].topic, record.key, record.value, record.headers).message == message


LINE_ENDS = str.maketrans("", "", "\r\n")


@given(
    st.sampled_from(list(KINDS)),
    st.lists(st.binary(max_size=40), max_size=8),
    st.sampled_from(list(Encoding)),
)
def test_any_bytes__nothing_raises_and_no_line_is_lost(
    kind: str, lines: list[bytes], encoding: Encoding
) -> None:
    header = ",".join(LINES[kind]).encode()
    lines = [line.replace(b"\n", b"") for line in lines]
    found = outcomes(kind, b"\n".join([header, *lines]), encoding)
    numbers = [line.line for line in found]
    assert numbers == sorted(set(numbers))
    # Without quotation marks every line stands for itself; one of separators and blanks says nothing.
    for number, line in enumerate(lines, start=2):
        if (
            b'"' not in b"".join(lines)
            and line.replace(b",", b"").translate(None, bytes(range(33))).isalnum()
        ):
            assert number in numbers


@given(st.binary(max_size=200))
def test_any_file__is_read_or_refused_with_a_reason(content: bytes) -> None:
    try:
        outcomes("products", content)
    except NotImportable as error:
        assert str(error)

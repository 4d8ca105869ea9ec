"""What a choice becomes, for any order."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge.shopper.order_links.choosing import Link, NumberedChoice, commands_of, kinds_open
from edge.shopper.order_links.views import OpenLine, OrderView
from tsunagu.contracts.messages import CancelOrder, ChangeFulfilment
from tsunagu.contracts.values import ORDER_LINES_MAX, ChoiceKind, FulfilmentGroup, LinkPurpose

NOW = datetime(2026, 4, 1, tzinfo=UTC)
STORE = {"method": "pickup", "location_id": "S1"}
PARCEL = {"method": "ship", "prefecture": "JP-13"}


@st.composite
def open_lines(draw: st.DrawFn) -> OpenLine:
    still_open = draw(st.integers(1, 9))
    cancellable = draw(st.integers(0, still_open))
    changeable = draw(st.integers(0, cancellable))
    return OpenLine(
        line_id="L",
        group_id=draw(st.sampled_from(["G1", "G2"])),
        sku="A",
        open=still_open,
        in_question=draw(st.integers(0, changeable)),
        changeable=changeable,
        cancellable=cancellable,
    )


@st.composite
def views(draw: st.DrawFn) -> OrderView:
    lines = draw(st.lists(open_lines(), min_size=1, max_size=8))
    named = [line.model_copy(update={"line_id": f"L{number}"}) for number, line in enumerate(lines)]
    return OrderView(
        version=1,
        channel="ec",
        prepaid=draw(st.booleans()),
        groups=(
            FulfilmentGroup(group_id="G1", **STORE),
            FulfilmentGroup(group_id="G2", **draw(st.sampled_from([STORE, PARCEL]))),
        ),
        lines=tuple(named),
        options=(),
        answer_by=None,
    )


links = st.builds(
    Link,
    st.just("O"),
    st.sampled_from(LinkPurpose),
    st.integers(1, 3),
    st.just(1),
    st.just(NOW + timedelta(hours=1)),
    st.just(False),
)
choices = st.sampled_from(
    [
        NumberedChoice(kind=ChoiceKind.CANCEL),
        NumberedChoice(kind=ChoiceKind.SHIP, prefecture="JP-13", number=2),
        NumberedChoice(kind=ChoiceKind.PICKUP_ELSEWHERE, location_id="S1"),
        NumberedChoice(kind=ChoiceKind.PICKUP_ELSEWHERE, location_id="S2"),
    ]
)


@given(links, views(), choices)
def test_commands__any_order_and_choice__move_each_piece_that_the_link_is_about_once(
    link: Link, view: OrderView, asked: NumberedChoice
) -> None:
    commands = commands_of(link, view, asked, NOW)

    is_cancel = asked.kind is ChoiceKind.CANCEL
    there = {
        group.group_id
        for group in view.groups
        if (group.location_id, group.prefecture) == (asked.location_id, asked.prefecture)
    }
    expected: Counter[str] = Counter()
    for line in view.lines:
        if link.purpose is LinkPurpose.CHOICE:
            pieces = line.in_question
        elif is_cancel:
            pieces = line.cancellable
        else:
            pieces = 0 if line.group_id in there else line.changeable
        expected[line.line_id] = pieces
    asked_for: Counter[str] = Counter()
    for command in commands:
        assert isinstance(command, CancelOrder if is_cancel else ChangeFulfilment)
        assert 0 < len(command.lines) <= ORDER_LINES_MAX
        for part in command.lines:
            asked_for[part.line_id] += part.quantity
    assert asked_for == +expected
    assert commands_of(link, view, asked, NOW) == commands
    assert len({command.identity() for command in commands}) == len(commands)


@given(links, views())
def test_kinds__what_is_paid_at_pickup__is_never_delivered_on_request(link: Link, view: OrderView) -> None:
    if link.purpose is LinkPurpose.ORDER and not view.prepaid:
        assert ChoiceKind.SHIP not in kinds_open(link, view)


def test_commands__more_lines_than_one_can_carry__are_several() -> None:
    line = OpenLine(line_id="L", group_id="G1", sku="A", open=1, in_question=0, changeable=1, cancellable=1)
    view = OrderView(
        version=1,
        channel="ec",
        prepaid=True,
        groups=(FulfilmentGroup(group_id="G1", **STORE),),
        lines=tuple(
            line.model_copy(update={"line_id": f"L{number}"}) for number in range(ORDER_LINES_MAX + 1)
        ),
        options=(),
    )
    link = Link("O", LinkPurpose.ORDER, 1, 1, NOW, False)
    for kind in ({"kind": ChoiceKind.CANCEL}, {"kind": ChoiceKind.SHIP, "prefecture": "JP-13"}):
        commands = commands_of(link, view, NumberedChoice.model_validate(kind), NOW)
        assert [len(command.lines) for command in commands] == [ORDER_LINES_MAX, 1]
        assert len({command.identity() for command in commands}) == 2


def test_ids__of_other_numbers_versions_or_orders__differ() -> None:
    line = OpenLine(line_id="L1", group_id="G1", sku="A", open=1, in_question=1, changeable=1, cancellable=1)
    view = OrderView(
        version=1,
        channel="ec",
        prepaid=True,
        groups=(FulfilmentGroup(group_id="G1", **STORE),),
        lines=(line,),
        options=(),
        answer_by=None,
    )
    ids = {
        commands_of(Link(order_id, purpose, version, 1, NOW, False), view, asked, NOW)[0].identity()
        for order_id in ("O", "P")
        for purpose in LinkPurpose
        for version in (1, 2)
        for asked in (NumberedChoice(kind=ChoiceKind.CANCEL, number=n) for n in (1, 2))
    }
    assert len(ids) == 16

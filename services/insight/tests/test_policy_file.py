"""A policy file that is wrong is refused with a sentence and its line."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.domain.policy_file import parse_policy
from insight.settings import Settings

TEXT = """\
# a policy
policy_id = "p"
version = 1
title = "P"
store_channels = ["store"]
otherwise = "ec"

[[department]]
department_id = "ec"
title = "EC"

[[part]]
role = "handed_over"
percent = 40
reason = "r"

[[part]]
role = "seen"
percent = 60
touchpoints = ["store_scan"]
window_days = 30
reason = "r"
"""


@pytest.mark.parametrize(
    ("changed", "line", "said"),
    [
        (("percent = 60", "percent = 55"), 19, "the parts add up to 95, not 100"),
        (("percent = 60", "percent = 60.0"), 19, "percent is a whole number from 1 to 100, not 60.0"),
        (("percent = 60", 'percent = "60"'), 19, "percent is a whole number from 1 to 100, not '60'"),
        (("percent = 60", "percent = true"), 19, "percent is a whole number"),
        (("percent = 40", "percent = 0"), 14, "percent is a whole number from 1 to 100, not 0"),
        (("percent = 40", "weight = 40"), 14, "a part of the role handed_over has no weight; it has percent"),
        (("percent = 40\n", ""), 12, "percent is missing"),
        (('role = "seen"', 'role = "king"'), 18, "there is no role king; there are seen, advised"),
        (('role = "seen"', 'role = "handed_over"'), 20, "a part of the role handed_over has no touchpoints"),
        (("window_days = 30", "window_days = 9999"), 21, "window_days is a whole number from 0 to 366"),
        (('["store_scan"]', '["store_scan", "dream"]'), 20, "there is no touchpoint dream"),
        (('["store_scan"]', "[]"), 20, "the part would apply to nobody"),
        (('["store"]', '"store"'), 5, "store_channels is a list of texts"),
        (
            ('otherwise = "ec"', 'otherwise = "king"'),
            6,
            "otherwise names king, which is none of the policy's",
        ),
        (("# a policy", "agreed = true"), 1, "a policy has no agreed"),
        (('title = "EC"', 'titel = "EC"'), 10, "a department has no titel"),
        (('department_id = "ec"', 'department_id = "E:C"'), 9, "a department_id such as ec or logistics"),
        (('policy_id = "p"', 'policy_id = " "'), 2, "policy_id is a text that is not empty"),
        (("version = 1", "version = 1 2"), 3, ""),
    ],
)
def test_parse_policy__something_is_wrong__the_sentence_names_its_line(
    changed: Any, line: Any, said: Any
) -> None:
    assert changed[0] in TEXT

    with pytest.raises(ValueError, match=rf"^line {line}: .*{re.escape(said)}"):
        parse_policy(TEXT.replace(changed[0], changed[1], 1))


def test_parse_policy__a_role_or_a_department_twice__the_second_is_named() -> None:
    other = '\n[[part]]\nrole = "seen"\npercent = 60\ntouchpoints = ["store_scan"]\nwindow_days = 1\nreason = "r"\n'
    with pytest.raises(ValueError, match=r"^line 25: the role seen is there twice"):
        parse_policy(TEXT + other)
    with pytest.raises(ValueError, match=r"^line 25: the department ec is there twice"):
        parse_policy(TEXT + '\n[[department]]\ndepartment_id = "ec"\ntitle = "EC"\n')


def test_parse_policy__a_delivery_without_a_department__would_be_nobodys_and_is_refused() -> None:
    part = '\n[[part]]\nrole = "delivered"\npercent = 1\nreason = "r"\n'

    with pytest.raises(ValueError, match=r"^line 24: department is missing"):
        parse_policy(TEXT + part)


@st.composite
def wholes(draw: Any) -> list[int]:
    """Up to six percents that add up to 100."""
    cuts = sorted(draw(st.sets(st.integers(1, 99), max_size=5)))
    return [right - left for left, right in zip([0, *cuts], [*cuts, 100], strict=True)]


@given(wholes() | st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_parse_policy__any_percents__are_taken_when_they_add_up_to_100_and_only_then(percents: Any) -> None:
    head = TEXT.partition("[[part]]")[0]
    own = {
        "handed_over": "", "ordered": "", "picked": "", "delivered": 'department = "ec"\n',
        "seen": 'touchpoints = ["store_scan"]\nwindow_days = 1\n',
        "advised": 'touchpoints = ["staff_advice"]\nwindow_days = 1\n',
    }  # fmt: skip
    parts = [
        f'[[part]]\nrole = "{role}"\npercent = {percent}\nreason = "r"\n{more}'
        for percent, (role, more) in zip(percents, own.items(), strict=False)
    ]
    text = head + "\n".join(parts)

    if sum(percents) == 100:
        assert [part.percent for part in parse_policy(text)[1].parts] == percents
    else:
        with pytest.raises(ValueError, match=f"the parts add up to {sum(percents)}, not 100"):
            parse_policy(text)


@given(st.data())
def test_parse_policy__any_shipped_file_with_a_line_lost_or_doubled__is_read_or_refused_with_a_line(
    data: Any,
) -> None:
    file = data.draw(st.sampled_from(sorted(Settings().policy_folder.glob("*.toml"))))
    lines = file.read_text(encoding="utf-8").splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place : place + 1] = [lines[place]] * data.draw(st.sampled_from([0, 2]))

    try:
        parse_policy("\n".join(lines))
    except ValueError as error:
        number = re.match(r"line (\d+): \S", str(error))
        assert number is not None and 1 <= int(number[1]) <= len(lines)

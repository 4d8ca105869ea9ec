"""A retailer's own rules for tasks: read whole, or refused with the file, the place and the reason."""

from pathlib import Path

import pytest

from tsunagu.planning import BadTaskRules, Level, Step, TaskRule, task_rules

RULE = """
[[rule]]
kinds = ["pick", "count"]
department = "x"
steps = [{ after_minutes = 5, to = "area" }, { after_minutes = 9.5, to = "headquarters" }]
"""


def a_file(folder: Path, text: str) -> Path:
    file = folder / "rules.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_rules__of_a_file__are_read(tmp_path: Path) -> None:
    rule = TaskRule("x", None, (Step(5, Level.AREA), Step(9.5, Level.HEADQUARTERS)))
    assert dict(task_rules(a_file(tmp_path, RULE))) == {"pick": rule, "count": rule}


def test_rules__without_a_file__are_those_of_the_package() -> None:
    assert task_rules().of("settle_money").department == "accounting"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule", "Expected ']]'"),
        ("", "rule: Field required"),
        (RULE.replace('department = "x"', ""), "rule.0.department: Field required"),
        (RULE.replace('"area"', '"ceo"'), "rule.0.steps.0.to: Input should be 'store', 'area', "),
        (RULE.replace("9.5", "-1"), "rule.0.steps.1.after_minutes: Input should be greater than 0"),
        (RULE.replace("9.5", "4"), "the steps of pick do not follow each other"),
        (RULE.replace("steps = [", "steps = [] # ["), "rule.0.steps: Tuple should have at least 1 item"),
        (RULE.replace('["pick", "count"]', '["pick", "pick"]'), "pick has two rules"),
        (RULE + "standard_minute = 5.0", "rule.0.standard_minute: Extra inputs are not permitted"),
    ],
)
def test_rules__of_a_bad_file__are_refused_with_the_file_and_the_place(
    tmp_path: Path, text: str, said: str
) -> None:
    file = a_file(tmp_path, text)
    with pytest.raises(BadTaskRules) as refused:
        task_rules(file)
    assert str(file) in str(refused.value)
    assert said in str(refused.value)


def test_rules__of_a_file_that_is_not_there__say_so(tmp_path: Path) -> None:
    with pytest.raises(BadTaskRules, match=r"nowhere\.toml.*No such file"):
        task_rules(tmp_path / "nowhere.toml")

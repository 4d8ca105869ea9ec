"""The files of weights and of characters: what is wrong with them is said before they count."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from customer.domain.evidence import FAMILY_NAME
from customer.matching_rules import KANJI_FORMS, PACKAGED, load, load_common, load_forms

RIGHT = PACKAGED.read_text(encoding="utf-8")


def written(folder: Path, text: str) -> Path:
    file = folder / "model.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_load__the_packaged_file__has_a_name_and_weighs_every_field() -> None:
    model = load(PACKAGED)
    assert model.name.startswith("ja-")
    assert model.review_bits < model.merge_bits


def test_load_common__readings__are_known_by_their_sound() -> None:
    assert "サト" in load_common(PACKAGED)[FAMILY_NAME]


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ('field = "email"', 'field = "shoe_size"', "shoe_size is not compared; these are: family_name"),
        ('field = "email"', 'field = "phone"', "each of these is compared once"),
        ('name = "slip"', 'name = "sleep"', "the levels of family_name are, in this order: equal, common"),
        ("review_bits = 0.0", "review_bits = 99.0", "review_bits is above merge_bits"),
        ('levels.phone = ["equal"]', 'levels.phone = ["similar"]', "phone has no level similar"),
        ('levels.phone = ["equal"]', 'levels.shoes = ["equal"]', "shoes has no level equal"),
        ("family_name = [", 'family_name = [ "佐藤",', "String should match pattern"),
        ("merge_bits", "merged_bits", "merged_bits"),
    ],
)
def test_load__a_file_with_a_mistake__says_which(
    tmp_path: Path, right: str, wrong: str, sentence: str
) -> None:
    assert right in RIGHT
    with pytest.raises(ValidationError, match=sentence):
        load(written(tmp_path, RIGHT.replace(right, wrong, 1)))


def test_load__shares_that_do_not_add_up__names_the_field_and_the_sum(tmp_path: Path) -> None:
    model = load(PACKAGED)
    share = f"m = {model.levels['phone']['equal'].m:.6f}"
    assert share in RIGHT
    with pytest.raises(ValidationError, match=r"the shares m of phone add up to 0\.[78]"):
        load(written(tmp_path, RIGHT.replace(share, "m = 0.010000", 1)))


def test_load__a_level_that_weighs_more_than_one_that_agrees_more__is_refused(tmp_path: Path) -> None:
    place = RIGHT.index('field = "phone"')
    head, phone = RIGHT[:place], RIGHT[place:]
    levels = load(PACKAGED).levels["phone"]
    exchanged = (
        phone.replace(f"u = {levels['equal'].u:.6f}", "u = ?", 1)
        .replace(f"u = {levels['else'].u:.6f}", f"u = {levels['equal'].u:.6f}", 1)
        .replace("u = ?", f"u = {levels['else'].u:.6f}", 1)
    )
    with pytest.raises(ValidationError, match="phone: a level that agrees more must weigh more"):
        load(written(tmp_path, head + exchanged))


def test_load_forms__a_character_in_two_families__is_named(tmp_path: Path) -> None:
    text = KANJI_FORMS.read_text(encoding="utf-8").replace('"高髙"', '"高髙", "橋髙"', 1)
    with pytest.raises(ValidationError, match=r"髙.* stands twice"):
        load_forms(written(tmp_path, text))

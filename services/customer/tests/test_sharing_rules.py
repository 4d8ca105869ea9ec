"""When an identifier is tied to more than one person has, as a rule by itself."""

from customer.domain.identity import Key
from customer.domain.sharing import Limits, Overused, overused

LIMITS = Limits(refs={"email": 2, "app_device": 1}, named=3)
REF, MAIL, DEVICE = (
    Key("customer_ref", "ref", "ref"),
    Key("email", "mail"),
    Key("app_device", "device", "device"),
)


def test_overused__as_many_as_the_limit__is_fine_and_one_more_is_not() -> None:
    assert overused([REF, MAIL], {"mail": {"r1"}}, {}, LIMITS) == []
    assert overused([REF, MAIL], {"mail": {"r1", "r2"}}, {}, LIMITS) == [Overused(MAIL, 3)]


def test_overused__the_same_ref_again__counts_once() -> None:
    assert overused([REF, MAIL, DEVICE], {"mail": {"ref", "r1"}, "device": {"ref"}}, {}, LIMITS) == []


def test_overused__each_kind__has_its_own_limit() -> None:
    naming = {"mail": {"r1"}, "device": {"r1"}}
    assert overused([REF, MAIL, DEVICE], naming, {}, LIMITS) == [Overused(DEVICE, 2)]


def test_overused__a_ref_that_names_too_many_others__is_a_shops() -> None:
    named = {"ref": {"mail1", "mail2", "mail3"}, "r1": {"other"}}
    assert overused([REF, MAIL], {}, named, LIMITS) == [Overused(REF, 4)]
    assert overused([REF], {}, named, LIMITS) == []

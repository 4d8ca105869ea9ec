"""The keyed hash of a pickup code's digits: the same for ever, and another one for everything that differs."""

from tsunagu.contracts.digits import digits_hash

KEY = "k" * 32
ORDER = "01973eeb-7e96-7e59-9ce4-0f9cb1a089da"


def test_digits_hash__of_given_values__is_what_it_was_when_it_was_published() -> None:
    assert digits_hash(KEY, ORDER, "042917") == (
        "ef32c2f16abf0511416b9d4ffa1d7f5ae047721832948e1c4994069004a98c91"
    )


def test_digits_hash__another_key_order_or_digits__is_another() -> None:
    others = {
        digits_hash("l" * 32, ORDER, "042917"),
        digits_hash(KEY, "other", "042917"),
        digits_hash(KEY, ORDER, "42917"),
    }
    assert len(others | {digits_hash(KEY, ORDER, "042917")}) == 4

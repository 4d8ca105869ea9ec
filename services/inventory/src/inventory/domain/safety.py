"""Which safety stock counts for a row of stock: its own, else the default of its category."""


def default_safety(here: int | None, everywhere: int | None) -> int:
    """Pieces that a SKU without a setting of its own keeps from being promised.

    `here` is its category's default at the location, `everywhere` the one for all locations; None where there is none.
    """
    if here is not None:
        return here
    return everywhere if everywhere is not None else 0

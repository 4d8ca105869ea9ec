"""The ledger's kinds of movement."""

from enum import StrEnum


class MovementType(StrEnum):
    """Why on hand or staged goods changed."""

    DELIVERY = "delivery"
    SALE = "sale"
    SALE_VOID = "sale_void"
    RETURN = "return"
    ADJUSTMENT = "adjustment"
    COUNT = "count"
    COUNT_CORRECTION = "count_correction"
    SETTLEMENT = "settlement"
    PICK = "pick"
    PUT_AWAY = "put_away"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    ISSUE = "issue"

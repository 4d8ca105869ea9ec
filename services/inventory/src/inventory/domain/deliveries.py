"""What of an announced delivery has not come yet."""

from collections.abc import Mapping


def still_to_come(announced: Mapping[str, int], received: Mapping[str, int]) -> dict[str, int]:
    """SKU → pieces that were announced and have not been received; never below zero, whatever came beyond."""
    left = {sku: pieces - received.get(sku, 0) for sku, pieces in announced.items()}
    return {sku: pieces for sku, pieces in left.items() if pieces > 0}

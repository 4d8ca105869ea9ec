"""How long to wait before something that failed is tried again."""

_DOUBLINGS_MAX = (
    30  # by then a pause is at its longest; far beyond, the number would be too large for a float
)


def doubled_seconds(first_seconds: float, times: int, longest_seconds: float) -> float:
    """The first pause doubled so many times, and never longer than the longest; in seconds."""
    return min(first_seconds * 2.0 ** min(times, _DOUBLINGS_MAX), longest_seconds)

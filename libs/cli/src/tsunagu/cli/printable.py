"""Text from outside on a terminal."""


def printable(text: str) -> str:
    """Text from outside without anything that moves a terminal's cursor."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)

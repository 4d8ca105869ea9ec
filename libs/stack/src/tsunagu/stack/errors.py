"""What the stack says when it cannot go on."""


class StackError(Exception):
    """Something the stack needs is missing or broken; the text says what, and what to do about it."""

"""A message that can be read and that a handler can't take, now or later."""


class Unusable(Exception):  # noqa: N818 - what is wrong is the message, not the code
    """Raised by a handler for a message whose content has no place in the books, such as a sum beyond every limit.

    A command is refused with it; a fact becomes a dead letter with this reason, which holds nothing back: what
    follows under its key goes on. `reason` is a code, `detail` a sentence for people without personal data.
    """

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")

"""Codes can't be guessed: after too many wrong ones, no code of the order is looked at for a while.

A lock counts for the token and the digits together, since either opens the same door. While it lasts nothing is
compared, so a try tells nothing and counts nothing; who stands at the desk can still be looked up without a code.
"""

from datetime import datetime, timedelta

from pickup.domain.codes import fits
from pickup.domain.draft import Draft
from pickup.domain.outcomes import CodesAreLocked, Refused


def try_code(draft: Draft, presented_hash: str, location_id: str) -> Refused | None:
    """Look at a code that somebody shows; says why it is no proof, and counts it where it is wrong."""
    order, until = draft.work_id, _locked_until(draft)
    if until is not None:
        return Refused(
            "locked",
            f"too many wrong codes: none of order {order} is looked at until {until:%Y-%m-%d %H:%M:%S} UTC;"
            " check at the desk who it is",
        )
    if _is_right(draft, presented_hash):
        draft.wrong_codes, draft.lock_minutes, draft.locked_until = 0, 0.0, None
        return None
    if any(fits(presented_hash, code) for code in draft.codes):
        # No guess: whoever shows it was given it once. So it is not counted, nor does it end a lock.
        return Refused(
            "code_replaced",
            f"this code of order {order} was replaced: another person may have been named to collect it;"
            " ask for the newest code, or check at the desk who may collect",
        )
    draft.wrong_codes += 1
    if draft.wrong_codes >= draft.scene.policy.code_tries_max:
        _lock(draft, location_id)
    return Refused("wrong_code", f"this code is not of order {order}; let the shopper show it again")


def proves(draft: Draft, presented_hash: str) -> bool:
    """Whether a code that was accepted offline would have been accepted here. It has happened: nothing is counted."""
    return _locked_until(draft) is None and _is_right(draft, presented_hash)


def _locked_until(draft: Draft) -> datetime | None:
    until = draft.locked_until
    return until if until is not None and draft.scene.now < until else None


def _is_right(draft: Draft, presented_hash: str) -> bool:
    return any(fits(presented_hash, code) for code in draft.codes if not code.is_replaced)


def _lock(draft: Draft, location_id: str) -> None:
    policy = draft.scene.policy
    longer = 2 * draft.lock_minutes or policy.code_locked_minutes
    draft.lock_minutes = min(longer, policy.code_locked_minutes_max)
    draft.locked_until = draft.scene.now + timedelta(minutes=draft.lock_minutes)
    draft.say(CodesAreLocked(location_id, draft.locked_until, draft.wrong_codes))
    draft.wrong_codes = 0

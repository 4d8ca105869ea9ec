"""What another policy would have credited, as insight's operator port gives it."""

from datetime import date
from pathlib import Path

from tsunagu.cli.operators.port import OperatorPort, Row

FILE_SUFFIX = ".toml"
ANSWER_TIMEOUT_SECONDS = 600.0
"""A quarter of a large retailer's sales takes minutes; they are read a page at a time."""


def ask_what_if(port: OperatorPort, policy: str, first_day: date, last_day: date) -> Row:
    """Each party's credit and what it would be. `policy`: its id, `current`, or the path of a file on this machine.

    Raises NoAnswer; Refused where the policy or the days can't be asked about; OSError where the file can't be read,
    UnicodeDecodeError where it is not UTF-8.
    """
    days = {"from": first_day.isoformat(), "to": last_day.isoformat()}
    path = "/credit/comparison"
    answer: Row
    if policy.endswith(FILE_SUFFIX):
        text = Path(policy).read_text(encoding="utf-8")
        answer = port.ask("POST", path, days, timeout_seconds=ANSWER_TIMEOUT_SECONDS, text=text)
    else:
        answer = port.ask("GET", path, {"policy_id": policy, **days}, timeout_seconds=ANSWER_TIMEOUT_SECONDS)
    return answer

"""docs/privacy.md names every topic on which something of a shopper travels, and how long it is kept."""

import re
from pathlib import Path

import pytest

from tsunagu.contracts.topics import TOPICS, Topic

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
OF_A_SHOPPER = {"customer_ref", "recipient_ref", "other_ref", "refs", "moved_refs", "split_refs", "sealed"}
_DAY_MS = 86_400_000


def carries_refs(topic: Topic) -> bool:
    return any(OF_A_SHOPPER & set(message.model_fields) for message in topic.messages)


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if carries_refs(topic)], ids=lambda t: t.name)
def test_topic__with_something_of_a_shopper__is_on_the_page_with_its_readers_and_its_time(
    topic: Topic,
) -> None:
    row = re.search(rf"^\| `{re.escape(topic.name)}` \|(.*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert row is not None, f"docs/privacy.md does not say what of a shopper is on {topic.name}"
    _, readers, kept, _, _ = row[1].split("|")
    kept_days = "the latest" if topic.retention_ms is None else f"{topic.retention_ms // _DAY_MS} days"
    assert kept.strip().startswith(kept_days)
    for reader in topic.read_by:
        said = "EC site" if reader == "ec-site" else reader
        assert said in readers or (reader.startswith("edge-") and " edge," in readers), f"{reader} reads it"

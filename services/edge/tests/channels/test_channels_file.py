"""The file of channels: what it may say, and what is said where it can't be used."""

from pathlib import Path

import pytest

from edge.channels.channels_file import BadChannelsFile, load

SECRET = "a secret of 22 letters"


def a_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "channels.toml"
    path.write_text(text, encoding="utf-8")
    return path


def webhooks_in(**changes: str) -> str:
    lines = {"format": '"shopify"', "secret_variables": '["ONE", "TWO"]', **changes}
    return "[channels.ec.webhooks_in]\n" + "\n".join(f"{name} = {value}" for name, value in lines.items())


def test_load__no_file__no_channels() -> None:
    assert load(None, {}) == {}


def test_load__both_secrets_are_set__both_are_good(tmp_path: Path) -> None:
    channels = load(a_file(tmp_path, webhooks_in()), {"ONE": SECRET, "TWO": SECRET + "!"})
    way = channels["ec"].webhooks_in
    assert way is not None
    assert [secret.get_secret_value() for secret in way.secrets] == [SECRET.encode(), f"{SECRET}!".encode()]


def test_load__one_secret_is_not_set__the_other_is_good(tmp_path: Path) -> None:
    way = load(a_file(tmp_path, webhooks_in()), {"TWO": SECRET})["ec"].webhooks_in
    assert way is not None
    assert len(way.secrets) == 1


def test_load__a_secret_in_base64__is_the_bytes_it_stands_for(tmp_path: Path) -> None:
    way = load(a_file(tmp_path, webhooks_in()), {"ONE": "whsec_AAECAwQFBgcICQoLDA0ODw=="})["ec"].webhooks_in
    assert way is not None
    assert way.secrets[0].get_secret_value() == bytes(range(16))


@pytest.mark.parametrize(
    ("text", "environment", "said"),
    [
        (webhooks_in(), {}, "ONE, TWO"),
        (webhooks_in(), {"ONE": "short"}, "fewer than 16 bytes"),
        (webhooks_in(), {"ONE": "whsec_not base64 at all"}, "not base64"),
        (webhooks_in(secret_variables='"ONE"'), {"ONE": SECRET}, "list of names"),
        (webhooks_in(secret_variables='["ONE", "TWO", "TWO"]'), dict.fromkeys(("ONE", "TWO"), SECRET), "at most"),
        (webhooks_in(format='"xml"'), {"ONE": SECRET}, "format"),
        (webhooks_in(sekret="1"), {"ONE": SECRET}, "sekret"),
        (webhooks_in().replace("channels.ec", "channels.EC"), {"ONE": SECRET}, "EC"),
        (webhooks_in().replace("channels.ec", f"channels.{'e' * 33}"), {"ONE": SECRET}, "leaves no room"),
        ("[channels", {}, "not TOML"),
    ],
)  # fmt: skip
def test_load__a_file_that_cant_be_used__says_where_and_shows_no_secret(
    tmp_path: Path, text: str, environment: dict[str, str], said: str
) -> None:
    with pytest.raises(BadChannelsFile, match=said) as raised:
        load(a_file(tmp_path, text), environment)
    assert not any(secret in str(raised.value) for secret in environment.values())


def test_channels__printed_or_logged__show_no_secret(tmp_path: Path) -> None:
    assert SECRET not in repr(load(a_file(tmp_path, webhooks_in()), {"ONE": SECRET}))

"""The keys' file, sealing, and what happens without the right key."""

import json
from pathlib import Path

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey

from customer import keyring, sealing
from tsunagu.contracts.values import PersonalData

PERSONAL = PersonalData(family_name="山田", emails=("taro@example.jp",))


def test_keys__made_anew__can_be_loaded_by_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keyring.create(path)

    keys = keyring.load(path)

    assert path.stat().st_mode & 0o077 == 0
    assert len(keys.master) == len(keys.lookup) == keyring.SECRET_BYTES
    assert keys.master != keys.lookup
    assert "d" not in keys.public_sealing_key()
    assert keys.master.hex() not in repr(keys)


def test_keys__made_anew__the_public_one_lies_beside_and_has_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keyring.create(path)

    published = json.loads((tmp_path / "keys.public.json").read_text(encoding="utf-8"))

    assert published == keyring.load(path).public_sealing_key()
    assert "d" not in published
    assert sealing.unseal(sealing.seal(PERSONAL, published), keyring.load(path).sealing) == PERSONAL


def test_keys__that_are_there__are_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keyring.create(path)

    with pytest.raises(FileExistsError):
        keyring.create(path)


@pytest.mark.parametrize(
    "content",
    ["", "{}", '{"keys": []}', '{"keys": [{"kty": "oct", "kid": "master", "k": "AAAAAAAAAAAAAAAAAAAAAA"}]}'],
)
def test_keys__a_file_without_them__says_what_to_do(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(keyring.KeysMissing, match="put the"):
        keyring.load(path)


def test_keys__no_file__names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(keyring.KeysMissing, match=r"python -m customer\.keyring"):
        keyring.load(tmp_path / "keys.json")


def test_seal__with_the_published_key__only_we_can_open_it() -> None:
    keys = keyring.keyring()
    sealed = sealing.seal(PERSONAL, keys.public_sealing_key())

    assert sealing.unseal(sealed, keys.sealing) == PERSONAL
    assert sealing.seal(PERSONAL, keys.public_sealing_key()) != sealed
    with pytest.raises(sealing.NotSealed, match="/sealing-key"):
        sealing.unseal(sealed, [ECKey.generate_key("P-256", {"kid": keys.sealing[0].kid or ""})])


def test_seal__with_a_key_of_before__still_opens(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    keyring.create(old)
    keyring.create(new)
    merged = json.loads(new.read_text())
    merged["keys"].append(json.loads(old.read_text())["keys"][0])
    new.write_text(json.dumps(merged))
    sealed = sealing.seal(PERSONAL, keyring.load(old).public_sealing_key())

    keys = keyring.load(new)

    assert sealing.unseal(sealed, keys.sealing) == PERSONAL
    assert keys.public_sealing_key()["kid"] != keyring.load(old).public_sealing_key()["kid"]


def test_unseal__sealed_well_but_not_personal_data__names_the_field_and_not_its_value() -> None:
    keys = keyring.keyring()
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": keys.sealing[0].kid}
    sealed = jwe.encrypt_compact(header, b'{"emails": ["canary"]}', keys.sealing[0])

    with pytest.raises(sealing.NotSealed, match="emails") as refused:
        sealing.unseal(sealed, keys.sealing)

    assert refused.value.reason == "invalid_personal_data"
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("header", [{"alg": "dir", "enc": "A256GCM"}, {"alg": "A256KW", "enc": "A256GCM"}])
def test_unseal__another_algorithm__is_not_taken(header: dict[str, str]) -> None:
    keys = keyring.keyring()
    secret = OctKey.import_key(keys.lookup)
    sealed = jwe.encrypt_compact(
        {**header, "kid": keys.sealing[0].kid or ""}, b"{}", secret, algorithms=["dir", "A256KW", "A256GCM"]
    )

    with pytest.raises(sealing.NotSealed):
        sealing.unseal(sealed, keys.sealing)

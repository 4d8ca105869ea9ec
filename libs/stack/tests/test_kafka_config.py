"""The broker's configuration and its jars."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.stack import kafka_jars
from tsunagu.stack.errors import StackError
from tsunagu.stack.kafka import (
    KafkaSettings,
    cluster_id_of,
    new_cluster_id,
    render_properties,
    server_properties,
)
from tsunagu.stack.kafka_cluster import choose_brokers, cluster, port_names
from tsunagu.stack.kafka_jars import KAFKA_VERSION, Jar, locked_jars, parse_lock, verify


def settings() -> KafkaSettings:
    return KafkaSettings(Path("/data"), port=20001, controller_port=20002)


def test_server_properties__listens_on_the_loopback_only() -> None:
    properties = server_properties(settings())
    assert properties["listeners"] == "PLAINTEXT://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002"
    assert properties["advertised.listeners"] == "PLAINTEXT://127.0.0.1:20001"


def test_server_properties__topics_are_never_made_by_a_misspelt_name() -> None:
    assert server_properties(settings())["auto.create.topics.enable"] == "false"


def test_server_properties__every_internal_topic_fits_one_broker() -> None:
    replicas = {
        key: value
        for key, value in server_properties(settings()).items()
        if key.endswith((".replication.factor", ".min.isr", "topic.num.partitions"))
    }
    assert len(replicas) >= 6
    assert set(replicas.values()) == {"1"}


def of_three() -> list[KafkaSettings]:
    names = port_names(3)
    return cluster(Path("/data"), dict(zip(names, range(20001, 20001 + len(names)), strict=True)), 3)


def test_server_properties__three_brokers__know_each_other_and_differ_in_what_is_their_own() -> None:
    first, *others = (server_properties(broker) for broker in of_three())
    assert first["controller.quorum.voters"] == "1@127.0.0.1:20002,2@127.0.0.1:20004,3@127.0.0.1:20006"
    for other in others:
        assert {key for key in first if first[key] != other[key]} == {
            "node.id",
            "listeners",
            "advertised.listeners",
            "log.dirs",
        }


def test_server_properties__three_brokers__every_topic_outlives_the_loss_of_one() -> None:
    properties = server_properties(of_three()[0])
    factors = {value for key, value in properties.items() if key.endswith(".replication.factor")}
    insync = {value for key, value in properties.items() if key.endswith((".min.isr", "min.insync.replicas"))}
    assert (factors, insync) == ({"3"}, {"2"})


def test_choose_brokers__a_new_home__has_one_unless_three_are_wanted(tmp_path: Path) -> None:
    assert choose_brokers(tmp_path, None) == 1
    assert choose_brokers(tmp_path, 3) == 3


def test_choose_brokers__a_home_with_brokers__keeps_its_number_and_refuses_another(tmp_path: Path) -> None:
    for name in ("kafka", "kafka-2", "kafka-3"):
        (tmp_path / name).mkdir()
    assert choose_brokers(tmp_path, None) == choose_brokers(tmp_path, 3) == 3
    with pytest.raises(StackError, match="has 3 brokers and can't change to 1"):
        choose_brokers(tmp_path, 1)


@pytest.mark.parametrize("wanted", [-1, 2, 4])
def test_choose_brokers__a_number_that_has_no_use__is_refused(tmp_path: Path, wanted: int) -> None:
    with pytest.raises(StackError, match="1 broker or with 3"):
        choose_brokers(tmp_path, wanted)


def test_cluster_id_of__one_broker_is_formatted_already__the_others_join_its_cluster(tmp_path: Path) -> None:
    ports = dict(zip(port_names(3), range(20001, 20007), strict=True))
    brokers = cluster(tmp_path, ports, 3)
    brokers[1].data.mkdir(parents=True)
    brokers[1].meta_file.write_text("#\nnode.id=2\ncluster.id=theirs\n")
    assert cluster_id_of(brokers) == "theirs"


def test_new_cluster_id__is_never_taken_for_an_option() -> None:
    # One in 64 random ids begins with a dash: a thousand without any is no chance.
    assert not any(new_cluster_id().startswith("-") for _ in range(1000))


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z.]{0,20}", fullmatch=True),
        st.from_regex(r"[A-Za-z0-9:/\\,._-]{0,40}", fullmatch=True),
    )
)
def test_render_properties__reads_back_as_the_same(properties: dict[str, str]) -> None:
    lines = render_properties(properties).splitlines()
    read = dict(line.split("=", 1) for line in lines)
    assert {key: value.replace("\\\\", "\\") for key, value in read.items()} == properties


def test_locked_jars__has_the_broker_and_a_log_implementation_and_no_file_twice() -> None:
    names = [jar.filename for jar in locked_jars()]
    assert f"kafka_2.13-{KAFKA_VERSION}.jar" in names
    assert any(name.startswith("log4j-core-") for name in names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "text", ['[["group", "artifact", "1.0"]]', '[["group", "artifact", "1.0", "abc"]]', "[17]"]
)
def test_parse_lock__a_line_is_not_a_coordinate_with_its_hash__says_which(text: str) -> None:
    with pytest.raises(StackError, match=r"kafka\.lock\.json"):
        parse_lock(text)


def test_verify__other_bytes_than_locked__is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jar"
    path.write_bytes(b"right")
    jar = Jar("group", "a", "1", hashlib.sha256(b"right").hexdigest())
    verify(path, jar)
    path.write_bytes(b"wrong")
    with pytest.raises(StackError, match=r"a-1\.jar.*sha256"):
        verify(path, jar)


def test_fetch__downloaded_bytes_are_wrong__nothing_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(jar: Jar, staging: Path) -> Path:
        staging.mkdir()
        path = staging / jar.filename
        path.write_bytes(b"not a jar")
        return path

    monkeypatch.setattr(kafka_jars, "_download", download)
    monkeypatch.setattr(kafka_jars, "cache_dir", lambda: tmp_path)
    with pytest.raises(StackError, match="it was not stored"):
        kafka_jars.fetch()
    assert [path.name for path in tmp_path.rglob("*.jar")] == []


def test_class_path__jars_are_missing_and_kafka_home_is_set__takes_its_libs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kafka" / "libs").mkdir(parents=True)
    monkeypatch.setattr(kafka_jars, "cache_dir", lambda: tmp_path / "empty")
    monkeypatch.setenv("KAFKA_HOME", str(tmp_path / "kafka"))
    assert kafka_jars.class_path() == str(tmp_path / "kafka" / "libs" / "*")


def test_class_path__no_jars_and_no_kafka_home__says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_jars, "cache_dir", lambda: tmp_path)
    monkeypatch.delenv("KAFKA_HOME", raising=False)
    with pytest.raises(StackError, match="run `make setup`"):
        kafka_jars.class_path()

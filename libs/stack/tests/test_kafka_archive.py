"""The archive of Kafka's classes: used where it is, and nothing fails for want of it."""

import subprocess
from pathlib import Path

import pytest

from tsunagu.stack import kafka, kafka_archive
from tsunagu.stack.errors import StackError

SETTINGS = kafka.KafkaSettings(Path("/data"), port=20001, controller_port=20002)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it would be; nothing is there."""
    place = tmp_path / "classes.jsa"
    monkeypatch.setattr(kafka, "class_archive", lambda: place)
    return place


def java(*options: str) -> subprocess.CompletedProcess[str]:
    """Run Java as a broker is run, but for its version only."""
    command = kafka.java_command(SETTINGS, "kafka.Kafka")
    until_class_path = command[: command.index("-cp") + 2]
    return subprocess.run(
        [*until_class_path, *options, "-version"], capture_output=True, text=True, check=False
    )


def uses(archive: Path) -> bool:
    return any(str(archive) in word for word in kafka.java_command(SETTINGS, "kafka.Kafka"))


def test_java_command__an_archive_is_there__is_used(archive: Path) -> None:
    assert not uses(archive)
    archive.touch()
    assert uses(archive)


def test_java_command__what_is_there_is_no_archive__runs_all_the_same(archive: Path) -> None:
    archive.write_text("cut short")
    assert java().returncode == 0
    assert java("-Xshare:on").returncode != 0


def test_dump_command__of_listed_classes__writes_what_java_takes(archive: Path, tmp_path: Path) -> None:
    classes = tmp_path / "classes"
    classes.write_text("java/lang/Object\nkafka/Kafka\n")
    subprocess.run(kafka.dump_command(classes, archive), capture_output=True, check=True)
    taken = java("-Xshare:on")
    assert taken.returncode == 0, taken.stdout + taken.stderr


def test_class_archive__of_other_jars__is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    before = kafka.class_archive()
    monkeypatch.setattr(kafka, "class_path", lambda: "other.jar")
    assert kafka.class_archive() != before


def test_main__it_is_there__makes_none(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    monkeypatch.setattr(kafka_archive, "make", made.append)
    assert kafka_archive.main() == 0
    archive.touch()
    assert kafka_archive.main() == 0
    assert made == [archive]


def test_main__it_cannot_be_made__says_why_and_fails_nothing(
    archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(archive: Path) -> None:
        raise StackError("no Kafka here")

    monkeypatch.setattr(kafka_archive, "make", fail)
    assert kafka_archive.main() == 0
    assert "no Kafka here" in capsys.readouterr().err

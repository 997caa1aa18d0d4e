"""Log files of a sandbox that runs for weeks."""

from pathlib import Path

from autopay_portal.sandbox.logs import keep_small


def test_a_large_log_is_moved_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old line\n" * 10)

        keep_small([log, tmp_path / "missing.log"], largest=50)
        writer.write(b"new line\n")

    assert log.read_bytes() == b"new line\n"
    assert (tmp_path / "web.log.1").read_bytes() == b"old line\n" * 10


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"line\n")

    keep_small([log], largest=50)

    assert [path.name for path in tmp_path.iterdir()] == ["web.log"]

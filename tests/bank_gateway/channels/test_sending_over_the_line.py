"""Files out: a part, its size, a rename that never overwrites."""

import time

import asyncssh
import pytest

from bank_gateway.channels.errors import BankChannelError
from bank_gateway.channels.sftp import SftpChannel
from tests.bank_gateway.channels.conftest import channel_to
from tests.bank_gateway.sftp_bank import SftpBank


def test_an_uploaded_part_lies_at_the_bank_and_gets_its_final_name(bank: SftpBank, channel: SftpChannel) -> None:
    assert channel.upload_part("a.xml.1.part", [b"one", b"two"]) == 6
    assert bank.arrived() == {}
    channel.rename_uploaded("a.xml.1.part", "a.xml")
    assert bank.arrived() == {"a.xml": b"onetwo"}


def test_a_file_of_many_megabytes_arrives_whole(bank: SftpBank, channel: SftpChannel) -> None:
    content = [bytes([number]) * (1 << 20) for number in range(12)]
    channel.upload_part("large.xml.1.part", content)
    assert (bank.to_bank / "large.xml.1.part").read_bytes() == b"".join(content)


def test_a_rename_never_overwrites(bank: SftpBank, channel: SftpChannel) -> None:
    (bank.to_bank / "a.xml").write_bytes(b"there before")
    channel.upload_part("a.xml.1.part", [b"new"])
    with pytest.raises(BankChannelError) as refused:
        channel.rename_uploaded("a.xml.1.part", "a.xml")
    assert refused.value.permanent
    assert bank.arrived() == {"a.xml": b"there before"}


def test_an_upload_that_the_server_kept_short_is_an_error(
    bank: SftpBank, channel: SftpChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncssh.SFTPServer, "write", lambda self, file, offset, data: len(data))
    with pytest.raises(BankChannelError, match="3 bytes were uploaded and the bank shows 0 bytes"):
        channel.upload_part("a.xml.1.part", [b"one"])


def test_another_host_key_than_the_pinned_is_refused_for_good(bank: SftpBank) -> None:
    with pytest.raises(BankChannelError, match="another host key") as refused:
        channel_to(bank, host_key="somebody else").list_incoming()
    assert refused.value.permanent


def test_a_bank_that_refuses_our_key_is_a_permanent_error(bank: SftpBank) -> None:
    with pytest.raises(BankChannelError, match="refused our key") as refused:
        channel_to(bank, private_key="unknown").list_incoming()
    assert refused.value.permanent


def test_a_bank_that_is_down_is_an_error_that_trying_again_can_help(bank: SftpBank, channel: SftpChannel) -> None:
    bank.stop()
    with pytest.raises(BankChannelError) as refused:
        channel.upload_part("a.xml.1.part", [b"one"])
    assert not refused.value.permanent


def test_a_line_is_kept_between_files_and_recovers_after_the_bank_was_killed(
    bank: SftpBank, channel: SftpChannel
) -> None:
    for number in range(5):
        channel.upload_part(f"{number}.xml.1.part", [b"one"])
    assert bank.logins == 1
    bank.stop()
    with pytest.raises(BankChannelError):
        channel.upload_part("while-down.xml.1.part", [b"one"])
    bank.start()
    channel.upload_part("after.xml.1.part", [b"one"])
    assert (bank.to_bank / "after.xml.1.part").read_bytes() == b"one"


def test_a_silent_server_is_given_up_within_the_time_limit(bank: SftpBank, channel: SftpChannel) -> None:
    channel.list_incoming()
    # The server's whole loop stands still, as a frozen machine's does.
    bank.before = lambda operation, path: time.sleep(5) if operation == "open" else None
    started = time.monotonic()
    with pytest.raises(BankChannelError) as refused:
        channel.upload_part("a.xml.1.part", [b"one"])
    assert time.monotonic() - started < 4.5
    assert not refused.value.permanent


@pytest.mark.parametrize("name", ["../escaped.xml", "a/b.xml", "..", ".hidden", "", "a\nb.xml", "a\\b.xml", "x" * 201])
def test_a_name_is_never_a_path(bank: SftpBank, channel: SftpChannel, name: str) -> None:
    with pytest.raises(BankChannelError):
        channel.upload_part(name, [b"one"])
    assert list(bank.to_bank.iterdir()) == []


def test_an_error_of_the_bytes_themselves_comes_out_as_it_is(bank: SftpBank, channel: SftpChannel) -> None:
    def broken() -> object:
        yield b"one"
        raise FileNotFoundError("the vault has lost it")

    with pytest.raises(FileNotFoundError):
        channel.upload_part("a.xml.1.part", broken())  # type: ignore[arg-type]
    assert bank.arrived() == {}


def test_a_removed_part_can_not_be_renamed_any_more(bank: SftpBank, channel: SftpChannel) -> None:
    channel.upload_part("a.xml.1.part", [b"one"])
    assert channel.remove_part("a.xml.1.part")
    assert not channel.remove_part("a.xml.1.part")
    with pytest.raises(BankChannelError):
        channel.rename_uploaded("a.xml.1.part", "a.xml")
    assert channel.find_outgoing("a.xml") is None


def test_the_key_is_not_shown_by_an_address_or_an_error(bank: SftpBank) -> None:
    channel = channel_to(bank)
    assert "PRIVATE KEY" not in repr(channel._address)

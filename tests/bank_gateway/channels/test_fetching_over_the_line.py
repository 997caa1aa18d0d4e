"""Files in: names are data, regular files only, sizes and counts capped."""

import os
from pathlib import Path

import pytest

from bank_gateway.channels.errors import BankChannelError
from bank_gateway.channels.sftp import Caps, SftpChannel
from tests.bank_gateway.sftp_bank import SftpBank


def test_files_are_listed_with_size_and_time_and_what_is_under_way_is_left_out(
    bank: SftpBank, channel: SftpChannel
) -> None:
    path = bank.put("answer.xml", b"<a/>")
    bank.put("under-way.xml.part", b"<a")
    listing = channel.list_incoming()
    assert [(file.name, file.size, file.modified) for file in listing.files] == [
        ("answer.xml", 4, int(path.stat().st_mtime))
    ]
    assert listing.refused == ()
    assert not listing.truncated


def test_only_regular_files_with_plain_names_are_taken(bank: SftpBank, channel: SftpChannel, tmp_path: Path) -> None:
    outside = tmp_path / "secret.xml"
    outside.write_bytes(b"<secret/>")
    (bank.from_bank / "link.xml").symlink_to(outside)
    (bank.from_bank / "folder.xml").mkdir()
    os.mkfifo(bank.from_bank / "pipe.xml")
    bank.put("line\nbreak.xml", b"<a/>")
    bank.put("back\\slash.xml", b"<a/>")
    bank.put("..hidden.xml", b"<a/>")
    (bank.from_bank / os.fsdecode(b"latin\xf8.xml")).write_bytes(b"<a/>")
    listing = channel.list_incoming()
    assert listing.files == ()
    assert dict(listing.refused) == {
        "link.xml": "not_regular",
        "folder.xml": "not_regular",
        "pipe.xml": "not_regular",
        "line\nbreak.xml": "name",
        "back\\slash.xml": "name",
        "..hidden.xml": "name",
        "latin\udcf8.xml": "name",
    }


def test_a_link_that_takes_a_files_place_is_not_read(bank: SftpBank, channel: SftpChannel, tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_bytes(b"<secret/>")
    (bank.from_bank / "answer.xml").symlink_to(tmp_path / "secret.xml")
    with pytest.raises(BankChannelError, match="regular"):
        list(channel.fetch("answer.xml"))


@pytest.mark.parametrize("name", ["../to_bank/a.xml", "archive/a.xml", ".."])
def test_no_name_reaches_outside_the_folder(bank: SftpBank, channel: SftpChannel, name: str) -> None:
    with pytest.raises(BankChannelError, match="name"):
        list(channel.fetch(name))


def test_a_file_of_many_megabytes_comes_whole(bank: SftpBank, channel: SftpChannel) -> None:
    content = os.urandom(5 << 20)
    bank.put("large.xml", content)
    assert b"".join(channel.fetch("large.xml")) == content


def test_a_file_beyond_the_cap_is_refused_in_the_list_and_while_it_grows(bank: SftpBank, channel: SftpChannel) -> None:
    capped = SftpChannel(channel._address, caps=Caps(names=10_000, file_bytes=1000))
    bank.put("large.xml", b"x" * 1001)
    assert capped.list_incoming().refused == (("large.xml", "too_large"),)
    with pytest.raises(BankChannelError, match="larger"):
        list(capped.fetch("large.xml"))


def test_a_huge_folder_is_read_up_to_the_cap(bank: SftpBank, channel: SftpChannel) -> None:
    capped = SftpChannel(channel._address, caps=Caps(names=50))
    for number in range(80):
        bank.put(f"{number}.xml", b"<a/>")
    listing = capped.list_incoming()
    assert listing.truncated
    assert 45 <= len(listing.files) <= 50


def test_an_archived_file_is_moved_and_moving_it_again_counts_as_done(bank: SftpBank, channel: SftpChannel) -> None:
    bank.put("answer.xml", b"<a/>")
    channel.archive("answer.xml", "answer.xml-0011")
    channel.archive("answer.xml", "answer.xml-0011")
    assert (bank.archive / "answer.xml-0011").read_bytes() == b"<a/>"
    assert channel.list_incoming().files == ()


def test_archiving_what_is_not_there_is_an_error(bank: SftpBank, channel: SftpChannel) -> None:
    with pytest.raises(BankChannelError):
        channel.archive("never-was.xml", "never-was.xml-0011")

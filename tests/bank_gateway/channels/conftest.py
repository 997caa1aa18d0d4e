"""A bank to talk to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_gateway.channels.lines import BankAddress, Timeouts, close_lines
from bank_gateway.channels.sftp import SftpChannel
from tests.bank_gateway.sftp_bank import USERNAME, SftpBank, private_text, public_text


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[SftpBank]:
    running = SftpBank(tmp_path / "bank")
    yield running
    close_lines()
    running.close()


@pytest.fixture
def channel(bank: SftpBank) -> SftpChannel:
    return channel_to(bank)


def channel_to(bank: SftpBank, *, host_key: str = "bank", private_key: str = "portal") -> SftpChannel:
    address = BankAddress(
        host="127.0.0.1",
        port=bank.port,
        username=USERNAME,
        private_key=private_text(private_key),
        host_key=public_text(host_key),
    )
    return SftpChannel(address, timeouts=Timeouts(connect=3, login=3, operation=3))

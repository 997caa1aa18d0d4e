"""Trying a line to a bank now, because somebody asks."""

from bank_gateway.channels.errors import BankChannelError
from bank_gateway.channels.lines import BankAddress, Timeouts
from bank_gateway.channels.sftp import SftpChannel
from bank_gateway.models import Connection
from bank_gateway.relay.lines import address_of
from bank_gateway.relay.services.health import note_failure, note_heard

# Somebody waits for the page.
_SHORT = Timeouts(connect=4.0, login=4.0, operation=6.0)


def probe_line(*, connection: Connection) -> str:
    """Sign in at the bank and look into its folder; return what went wrong, empty if it answered.

    What was found is noted as any other contact is: a failure counts towards the alarm about the line.
    """
    fault = try_address(address_of(connection))
    if fault is None:
        note_heard(connection)
        return ""
    note_failure(connection, fault)
    return str(fault)


def try_address(address: BankAddress) -> BankChannelError | None:
    """Sign in at an address and look into the bank's folder; return what went wrong, None if it answered."""
    try:
        SftpChannel(address, timeouts=_SHORT).list_incoming()
    except BankChannelError as error:
        return error
    return None

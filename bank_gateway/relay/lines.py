"""From a stored line to an open channel: the only place that decrypts a bank line's key."""

from collections.abc import Callable

from autopay_portal.core import secrets
from bank_gateway.channels.lines import BankAddress
from bank_gateway.channels.sftp import Channel, SftpChannel
from bank_gateway.models import Connection
from bank_gateway.relay.services.connections import next_key_context, private_key_context

OpenChannel = Callable[[Connection], Channel]


def open_channel(connection: Connection) -> Channel:
    """Return the channel of a line to a bank; it connects when first used."""
    return SftpChannel(address_of(connection))


def address_of(connection: Connection, *, with_next_key: bool = False) -> BankAddress:
    """Return where a line leads and with which of our keys; `with_next_key` the one that it is to be switched to."""
    if with_next_key and connection.next_private_key is not None:
        token, context = bytes(connection.next_private_key), next_key_context(connection.pk)
    else:
        token, context = bytes(connection.private_key), private_key_context(connection.pk)
    return BankAddress(
        host=connection.host,
        port=connection.port,
        username=connection.username,
        private_key=secrets.decrypt(token, context=context).decode(),
        host_key=connection.host_key,
        next_host_key=connection.next_host_key,
    )

"""From a stored line to an open channel: the only place that decrypts a bank line's key."""

from collections.abc import Callable

from autopay_portal.core import secrets
from bank_gateway.channels.lines import BankAddress
from bank_gateway.channels.sftp import Channel, SftpChannel
from bank_gateway.models import Connection
from bank_gateway.relay.services.connections import private_key_context

OpenChannel = Callable[[Connection], Channel]


def open_channel(connection: Connection) -> Channel:
    """Return the channel of a line to a bank; it connects when first used."""
    token = bytes(connection.private_key)
    private_key = secrets.decrypt(token, context=private_key_context(connection.pk))
    return SftpChannel(
        BankAddress(
            host=connection.host,
            port=connection.port,
            username=connection.username,
            private_key=private_key.decode(),
            host_key=connection.host_key,
        )
    )

"""Everything that changes what the relay keeps."""

from bank_gateway.relay.services.connections import create_connection

__all__ = ["create_connection"]

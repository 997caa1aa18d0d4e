"""What an installation makes once and keeps: its secrets and the ports of its banks."""

import base64
import secrets
import socket
from dataclasses import dataclass

from autopay_portal.sandbox.place import Place, UnableToStartError, read_private, write_private
from autopay_portal.sandbox.servers.postgres import Passwords


@dataclass(frozen=True)
class Secrets:
    """Django's secret key, the key ring of secrets at rest, and the database's passwords."""

    secret_key: str
    key_ring: str
    passwords: Passwords


def ensure_secrets(place: Place) -> Secrets:
    """Return the installation's secrets; make them the first time, readable by their owner only."""
    noted = read_private(place.secrets)
    if not noted:
        noted = {
            "secret_key": secrets.token_urlsafe(48),
            "key_ring": "sandbox-1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "database_admin_password": secrets.token_urlsafe(32),
            "database_password": secrets.token_urlsafe(32),
        }
        write_private(place.secrets, noted)
    passwords = Passwords(admin=noted["database_admin_password"], portal=noted["database_password"])
    return Secrets(noted["secret_key"], noted["key_ring"], passwords)


@dataclass(frozen=True)
class BankPorts:
    """Where the simulated banks answer on loopback."""

    control: int
    sftp: int

    @property
    def control_url(self) -> str:
        return f"http://127.0.0.1:{self.control}"


def ensure_bank_ports(place: Place, *, portal_port: int) -> BankPorts:
    """Return the banks' ports: those of the last start while they are free, else the next free ones."""
    noted = read_private(place.ports)
    taken = {portal_port}
    control = _first_free(int(noted.get("control", portal_port + 1)), taken=taken)
    taken.add(control)
    sftp = _first_free(int(noted.get("sftp", portal_port + 2)), taken=taken)
    write_private(place.ports, {"control": str(control), "sftp": str(sftp)})
    return BankPorts(control=control, sftp=sftp)


def _first_free(wanted: int, *, taken: set[int]) -> int:
    for port in range(wanted, min(wanted + 100, 65536)):
        if port not in taken and port_is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        chosen: int = probe.getsockname()[1]
        return chosen


def port_is_free(port: int) -> bool:
    """Return whether nobody listens on that port, on either address that `localhost` may mean.

    The web server shares its port (SO_REUSEPORT) with whoever listens there already, so it would not notice.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return not _listens_on_ipv6(port)


def _listens_on_ipv6(port: int) -> bool:
    try:
        with socket.create_connection(("::1", port), timeout=1):
            return True
    except OSError:
        return False


def require_free_port(port: int) -> None:
    """Raise UnableToStartError if the portal's port is taken."""
    if not port_is_free(port):
        raise UnableToStartError(
            f"Port {port} is taken by another program. Stop it or choose another: AUTOPAY_PORT={port + 10} make run"
        )

"""Files from the bank as if the relay had fetched them, for rooms that take what is in them."""

from agreements.models import Agreement
from autopay_portal.core import vault
from bank_gateway.models import IncomingFile
from bank_gateway.relay.services import apply_incoming


def receive_file(agreement: Agreement, *, name: str, content: bytes) -> IncomingFile:
    """Store a file that came over the agreement's line, apply it, and return it as it then stands."""
    assert agreement.connection is not None
    stored = vault.store([content])
    file = IncomingFile.objects.create(
        connection=agreement.connection, name=name, sha256=stored.sha256, size=stored.size, path=stored.path
    )
    apply_incoming(file_id=file.pk)
    file.refresh_from_db()
    return file

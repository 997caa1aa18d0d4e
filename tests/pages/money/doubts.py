"""Files in doubt as they come about: a rename that nobody knows the end of, an answer that contradicts itself."""

from datetime import timedelta

from django.db import transaction

from autopay_portal.core.clocks import business_now
from bank_gateway.models import DoubtKind, OutgoingFile
from bank_gateway.relay.services.doubting import open_doubt
from bank_gateway.relay.services.outgoing import put_in_doubt
from remittance.models import Remittance


def doubt_delivery(remittance: Remittance, *, shows: str = "nothing", hours: int = 5) -> OutgoingFile:
    """Put a remittance's file in doubt so many hours ago, after a rename whose end nobody knows."""
    with transaction.atomic():
        outgoing = (
            OutgoingFile.objects.select_for_update(of=("self",))
            .select_related("connection")
            .get(subject_id=remittance.pk)
        )
        OutgoingFile.objects.filter(pk=outgoing.pk).update(state="renaming", attempt=1, renames=1)
        outgoing.refresh_from_db()
        put_in_doubt(outgoing)
    _some_time_ago(outgoing, hours)
    outgoing.doubts.update(folder_shows=shows, looked_at=business_now())
    outgoing.refresh_from_db()
    return outgoing


def doubt_payments(outgoing: OutgoingFile, kind: DoubtKind) -> None:
    """Open a doubt about a file that the bank has answered, some hours ago."""
    with transaction.atomic():
        open_doubt(OutgoingFile.objects.select_for_update().get(pk=outgoing.pk), kind)
    _some_time_ago(outgoing, 5)


def _some_time_ago(outgoing: OutgoingFile, hours: int) -> None:
    ago = business_now() - timedelta(hours=hours)
    OutgoingFile.objects.filter(pk=outgoing.pk).update(
        renaming_at=ago, in_doubt_at=ago, in_doubt_business_at=ago, first_renaming_business_at=ago
    )
    outgoing.doubts.update(opened_at=ago)

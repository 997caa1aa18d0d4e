"""Where the thing that an alarm is about stands, for who looks at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bank_gateway.models import OutgoingFile
from companies.models import Alarm
from remittance.services.delivery import SUBJECT_KIND

_DEVIATIONS = {
    "answer_to_unknown_file",
    "bank_account_unknown",
    "bank_entry_possible_repeat",
    "bank_file_unclaimed",
    "deviation_unsettled",
}


@dataclass(frozen=True, slots=True)
class Link:
    """An address and the words that lead there."""

    address: str
    words: Promise


def links_of(alarms: Sequence[Alarm], *, central: bool) -> dict[UUID, Link]:
    """Return by alarm where its subject stands; none where the reader has no page of it. At most one query.

    At AutoPay Central files lead to the relay, else to the remittance that they carry.
    """
    remittances = _remittances_of(alarms)
    found = {alarm.pk: _link(alarm, remittances, central=central) for alarm in alarms}
    return {key: link for key, link in found.items() if link is not None}


def _remittances_of(alarms: Sequence[Alarm]) -> Mapping[str, str]:
    """Return by outgoing file, as the alarms name it, the remittance that it carries."""
    files = [alarm.subject_id for alarm in alarms if alarm.subject_kind == "outgoing_file" and alarm.subject_id]
    if not files:
        return {}
    known = OutgoingFile.objects.filter(pk__in=files, subject_kind=SUBJECT_KIND)
    return {str(key): str(subject) for key, subject in known.values_list("pk", "subject_id")}


def _link(alarm: Alarm, remittances: Mapping[str, str], *, central: bool) -> Link | None:
    kind, subject = alarm.subject_kind, alarm.subject_id
    if kind == "outgoing_file" and not central:
        kind, subject = SUBJECT_KIND, remittances.get(subject, "")
    if alarm.company_id is not None and subject and kind in (SUBJECT_KIND, "ledger_batch"):
        return _of_company(alarm.company_id, kind, subject)
    return _of_relay(alarm, kind) if central else None


def _of_company(company_id: UUID, kind: str, subject: str) -> Link:
    if kind == "ledger_batch":
        return Link(reverse("ledger_batch", args=[company_id, subject]), _("Open the ledger batch"))
    return Link(reverse("remittance", args=[company_id, subject]), _("Open the remittance"))


def _of_relay(alarm: Alarm, kind: str) -> Link | None:
    relay = reverse("relay")
    if alarm.code == "outgoing_in_doubt" and alarm.cleared_at is None:
        return Link(reverse("doubt", args=[alarm.subject_id]), _("Open the file in doubt"))
    if kind == "outgoing_file":
        return Link(f"{relay}?show=out", _("Show files to banks"))
    if kind == "incoming_file" and alarm.code in _DEVIATIONS:
        return Link(f"{relay}?show=deviations", _("Show deviations"))
    if kind == "incoming_file":
        state = "quarantined" if "quarantine" in alarm.code else ""
        return Link(f"{relay}?show=in&state={state}", _("Show files from banks"))
    if kind in ("connection", "relay", "pause"):
        return Link(relay, _("Show the relay"))
    return None

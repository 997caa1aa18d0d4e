"""Testing an agreement from a page: is the set-up right, and does the bank answer now."""

from bank_gateway.relay.services.probing import probe_line
from companies.actors import Actor
from companies.models import User

from ..models import Agreement, Status
from ..services import note_test
from ..setup_check import SetupCheck, check_agreement_from_here, said_in_both


def run_test(*, agreement: Agreement, user: User) -> SetupCheck:
    """Try the line to the bank, check the set-up, keep the outcome and return it."""
    fault = probe_line(connection=agreement.connection) if agreement.connection and _may_use(agreement) else None
    check = check_agreement_from_here(agreement=agreement, line_fault=fault)
    said = said_in_both(lambda: check_agreement_from_here(agreement=agreement, line_fault=fault))
    note_test(agreement_id=agreement.pk, passed=check.ok, checks=said, actor=Actor.user(user))
    return check


def _may_use(agreement: Agreement) -> bool:
    """Return whether the line is there to be used: before the bank has confirmed it, nothing is asked."""
    return agreement.status in {Status.CONFIRMED_BY_BANK, Status.ACTIVE}

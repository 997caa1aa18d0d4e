"""Telling those who can confirm a proposal that it waits for them."""

from datetime import timedelta

from autopay_portal.core.clocks import machine_now
from companies.models import Letter, Proposal, User
from companies.services.letters import write_letter

PROPOSAL_WAITS = "proposal_waits"
# Who was told so lately finds the next one on the page that he was led to.
_TOLD_LATELY = timedelta(minutes=5)


def tell_administrators(proposal: Proposal) -> None:
    """Write to the other administrators that a proposal waits; several within minutes are one mail to each."""
    lately = Letter.objects.filter(
        kind=PROPOSAL_WAITS, customer_id=proposal.customer_id, created_at__gt=machine_now() - _TOLD_LATELY
    )
    administrators = User.objects.filter(
        administered_customers__customer_id=proposal.customer_id, is_active=True
    ).exclude(pk=proposal.proposed_by_id)
    for user in administrators.exclude(email__in=lately.values("recipient")):
        write_letter(
            to=user.email,
            language=user.language,
            kind=PROPOSAL_WAITS,
            params={"name": user.name, "by": proposal.proposed_by.name, "customer": proposal.customer.name},
            path=f"/customers/{proposal.customer_id}/proposals/",
            customer_id=proposal.customer_id,
        )

"""What is held as a possible duplicate goes by a release with its reason, and by nothing else."""

from uuid import UUID

import pytest

from companies.models import Role
from remittance.errors import UnableToApproveError
from remittance.models import Approval, Remittance
from remittance.services.advance import advance_remittance
from remittance.services.approve import approve_remittance
from tests.companies.builders import make_user

from .builders import Sender, order


def test_an_approval_does_not_let_it_go(sender: Sender) -> None:
    approver = make_user(company=sender.company, roles=(Role.APPROVER,))
    sender.send_json(order())
    held = UUID(sender.send_json(order()).json()["id"])
    advance_remittance(remittance_id=held)
    seen = Remittance.objects.get(pk=held).content_hash

    with pytest.raises(UnableToApproveError, match="not_awaiting_approval"):
        approve_remittance(remittance_id=held, user=approver, seen_hash=seen)

    assert Remittance.objects.get(pk=held).status == "awaiting_approval"
    assert not Approval.objects.exists()

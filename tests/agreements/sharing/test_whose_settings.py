"""On a shared account the owner's rules hold: the sender can't loosen them, and follows when they change."""

import pytest

from agreements.services import change_settings
from autopay_portal.core.errors import ConflictError
from tests.agreements.sharing.conftest import Sharing

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "wanted", [{"approvers_required": 1}, {"hold_duplicates": False}, {"two_step": "none"}, {"paid_evidence": "acsc"}]
)
def test_the_sender_cannot_loosen_the_owners_rules(sharing: Sharing, wanted: dict[str, object]) -> None:
    with pytest.raises(ConflictError) as refusal:
        change_settings(
            agreement_id=sharing.payroll.agreement.pk, wanted=wanted, seen={}, user=sharing.payrolls_administrator
        )
    assert refusal.value.code == "setting_is_the_owners"


def test_what_the_owner_changes_holds_for_the_sender_at_once(sharing: Sharing) -> None:
    wanted = {"approvers_required": 2, "hold_duplicates": False, "two_step": "upload"}
    change_settings(agreement_id=sharing.owner.agreement.pk, wanted=wanted, seen={}, user=sharing.owners_administrator)

    shared = sharing.payroll.agreement
    shared.refresh_from_db()
    assert {name: getattr(shared, name) for name in wanted} == wanted

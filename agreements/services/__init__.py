"""Everything that changes agreements: one public function per use case, each one transaction."""

from agreements.services.contents import (
    NewAgreement,
    add_contact,
    confirm_contact,
    create_agreement,
    set_kid_definitions,
)
from agreements.services.lifecycle import (
    activate_for_erp,
    close_agreement,
    confirm_by_bank,
    deactivate_for_erp,
    note_test,
    order_agreement,
    refuse_by_bank,
    send_to_bank,
    set_active,
)

__all__ = [
    "NewAgreement",
    "activate_for_erp",
    "add_contact",
    "close_agreement",
    "confirm_by_bank",
    "confirm_contact",
    "create_agreement",
    "deactivate_for_erp",
    "note_test",
    "order_agreement",
    "refuse_by_bank",
    "send_to_bank",
    "set_active",
    "set_kid_definitions",
]

"""Everything that changes agreements: one public function per use case, each one transaction."""

from agreements.services.central import (
    Confirmation,
    activate_agreement,
    confirm_agreement,
    import_activation_file,
    refuse_agreement,
)
from agreements.services.contents import (
    NewAgreement,
    add_contact,
    answer_for_contact,
    ask_contact_again,
    confirm_contact,
    create_agreement,
    set_kid_definitions,
)
from agreements.services.conversion import (
    Converting,
    StatedItem,
    convert_agreement,
    take_tick_back,
    tick_posted_by_hand,
)
from agreements.services.drafts import answer_step, begin_draft, discard_draft, finish_draft
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
from agreements.services.mandates import note_mandates
from agreements.services.settings import change_mail_lists, change_settings, offer_share
from agreements.services.sharing import accept_share, decline_share, end_share

__all__ = [
    "Confirmation",
    "Converting",
    "NewAgreement",
    "StatedItem",
    "accept_share",
    "activate_agreement",
    "activate_for_erp",
    "add_contact",
    "answer_for_contact",
    "answer_step",
    "ask_contact_again",
    "begin_draft",
    "change_mail_lists",
    "change_settings",
    "close_agreement",
    "confirm_agreement",
    "confirm_by_bank",
    "confirm_contact",
    "convert_agreement",
    "create_agreement",
    "deactivate_for_erp",
    "decline_share",
    "discard_draft",
    "end_share",
    "finish_draft",
    "import_activation_file",
    "note_mandates",
    "note_test",
    "offer_share",
    "order_agreement",
    "refuse_agreement",
    "refuse_by_bank",
    "send_to_bank",
    "set_active",
    "set_kid_definitions",
    "take_tick_back",
    "tick_posted_by_hand",
]

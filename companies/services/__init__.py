"""Everything that changes who may do what: one public function per use case, each one transaction."""

from companies.services.alarms import acknowledge_alarm, acknowledge_alarms, clear_alarm, close_alarm, raise_alarm
from companies.services.audit import record_audit
from companies.services.company_changes import (
    deactivate_company,
    reactivate_company,
    switch_service_off,
    update_company,
)
from companies.services.counters import acknowledge_messages, next_ledger_batch_number, next_message_sequence
from companies.services.customers import (
    accept_terms,
    activate_service,
    create_company,
    create_customer,
    deactivate_service,
    publish_terms,
    register_licence,
)
from companies.services.employees import (
    PostingEmployeeChoice,
    choose_posting_employee,
    link_employee,
    set_posting_employee,
)
from companies.services.handovers import agree_to_handover, confirm_handover, end_handover, propose_handover
from companies.services.heads import write_audit_heads
from companies.services.imports import import_companies, read_import
from companies.services.keys import (
    LiveKey,
    NewKey,
    create_signing_key,
    get_live_signing_key,
    note_key_used,
    regenerate_signing_key,
    reveal_signing_key,
    revoke_all_signing_keys,
    revoke_keys_now,
    revoke_signing_key,
    sweep_ended_keys,
)
from companies.services.letters import write_letter
from companies.services.licences import accept_newest_terms, activate_di_elbet, ask_for_di_elbet, register_di_elbet
from companies.services.orders import accept_order, decline_order, order_autopay
from companies.services.users import (
    create_user,
    grant_role,
    grant_salary_access,
    make_customer_administrator,
    make_operator,
    revoke_role,
    revoke_salary_access,
    set_password,
)
from companies.services.watching import Swept, UnableToWatchError, sweep_alarms

__all__ = [
    "LiveKey",
    "NewKey",
    "PostingEmployeeChoice",
    "Swept",
    "UnableToWatchError",
    "accept_newest_terms",
    "accept_order",
    "accept_terms",
    "acknowledge_alarm",
    "acknowledge_alarms",
    "acknowledge_messages",
    "activate_di_elbet",
    "activate_service",
    "agree_to_handover",
    "ask_for_di_elbet",
    "choose_posting_employee",
    "clear_alarm",
    "close_alarm",
    "confirm_handover",
    "create_company",
    "create_customer",
    "create_signing_key",
    "create_user",
    "deactivate_company",
    "deactivate_service",
    "decline_order",
    "end_handover",
    "get_live_signing_key",
    "grant_role",
    "grant_salary_access",
    "import_companies",
    "link_employee",
    "make_customer_administrator",
    "make_operator",
    "next_ledger_batch_number",
    "next_message_sequence",
    "note_key_used",
    "order_autopay",
    "propose_handover",
    "publish_terms",
    "raise_alarm",
    "reactivate_company",
    "read_import",
    "record_audit",
    "regenerate_signing_key",
    "register_di_elbet",
    "register_licence",
    "reveal_signing_key",
    "revoke_all_signing_keys",
    "revoke_keys_now",
    "revoke_role",
    "revoke_salary_access",
    "revoke_signing_key",
    "set_password",
    "set_posting_employee",
    "sweep_alarms",
    "sweep_ended_keys",
    "switch_service_off",
    "update_company",
    "write_audit_heads",
    "write_letter",
]

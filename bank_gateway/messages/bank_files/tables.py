"""The three staging tables of bank files. Each row of a file keeps its line, so that a page can show its place.

Ids, references, codes and account numbers are as long as ISO 20022 lets them be (Max35Text, Max34Text, Max4Text):
PostgreSQL refuses a longer one while it is copied, and `lengths` says where it stands. Names and free texts have no
limit here; whoever keeps one cuts it.
"""

from bank_gateway.messages.bank_files.staging import StagedTable

# pain.002: one row per status that the report states, at the level where it states it.
STAGED_STATUS = StagedTable(
    "staged_status",
    {
        "row": "int",
        "line": "int",
        "level": "text",
        "original_message_id": "varchar(35)",
        "original_payment_information_id": "varchar(35)",
        "original_instruction_id": "varchar(35)",
        "original_end_to_end_id": "varchar(35)",
        "status": "varchar(4)",
        "reason_code": "varchar(35)",
        "reason_text": "text",
        "bank_reference": "varchar(35)",
        "bank_date": "date",
    },
)

# camt.054 and OCR giro: one row per amount on the bank statement. Amounts are minor units of their currency.
STAGED_ENTRY = StagedTable(
    "staged_entry",
    {
        "entry": "int",
        "line": "int",
        "notification_id": "varchar(35)",
        "notification_no": "int",
        "account": "varchar(34)",
        "currency": "text",
        "entry_reference": "varchar(35)",
        "bank_reference": "varchar(35)",
        "amount": "bigint",
        "direction": "text",
        "status": "varchar(4)",
        "booking_date": "date",
        "value_date": "date",
        "reversal": "bool",
        "return_reason": "varchar(35)",
        "batch_message_id": "varchar(35)",
        "batch_payment_information_id": "varchar(35)",
        "batch_count": "int",
        "transaction_count": "int",
        "source": "text",
        "type": "varchar(40)",
        "sum_matches": "bool",
        "charges": "bigint",
        "charges_currency": "text",
        "charges_included": "bool",
        "exchange_rate": "numeric",
        "exchange_source_currency": "text",
        "exchange_target_currency": "text",
        "exchange_unit_currency": "text",
        "additional_information": "text",
    },
)

# One row per transaction inside an entry; `amount` has the entry's direction as its positive direction.
STAGED_TRANSACTION = StagedTable(
    "staged_transaction",
    {
        "entry": "int",
        "transaction": "int",
        "line": "int",
        "amount": "bigint",
        "currency": "text",
        "direction": "text",
        "message_id": "varchar(35)",
        "payment_information_id": "varchar(35)",
        "instruction_id": "varchar(35)",
        "end_to_end_id": "varchar(35)",
        "bank_reference": "varchar(35)",
        "kid": "varchar(35)",
        "message": "text",
        "debtor_name": "text",
        "debtor_account": "varchar(34)",
        "creditor_name": "text",
        "creditor_account": "varchar(34)",
        "return_reason": "varchar(35)",
        "type": "varchar(40)",
        "return_text": "text",
        "creditor_reference": "varchar(35)",
        "documents": "jsonb",
        "instructed_amount": "bigint",
        "instructed_currency": "text",
        "charges": "bigint",
        "charges_currency": "text",
        "charges_included": "bool",
        "exchange_rate": "numeric",
        "exchange_source_currency": "text",
        "exchange_target_currency": "text",
        "exchange_unit_currency": "text",
    },
)

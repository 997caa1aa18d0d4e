"""A ledger line is known by its batch and number, and its voucher is checked for all lines of a statement at once.

A line's own id and its foreign key cost three times what the line itself does, and neither says more: no line leaves
or changes, no voucher does, and both come in one transaction.
"""

import django.db.models.fields.composite
from django.db import migrations

LINES = """
ALTER TABLE erp_gateway_ledgerline
    DROP CONSTRAINT ledger_line_voucher_of_batch,
    DROP COLUMN id,
    DROP CONSTRAINT ledger_line_number_once_per_batch,
    ADD PRIMARY KEY (batch_id, number);
"""
LINES_BEFORE = """
ALTER TABLE erp_gateway_ledgerline
    DROP CONSTRAINT erp_gateway_ledgerline_pkey,
    ADD CONSTRAINT ledger_line_number_once_per_batch UNIQUE (batch_id, number),
    ADD COLUMN id uuid NOT NULL DEFAULT uuidv7() PRIMARY KEY,
    ADD CONSTRAINT ledger_line_voucher_of_batch FOREIGN KEY (company_id, batch_id, voucher_id)
    REFERENCES erp_gateway_voucher (company_id, batch_id, id);
"""
CHECKED = """
CREATE OR REPLACE FUNCTION erp_gateway_refuse_late_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT company_id, batch_id, voucher_id FROM inserted) AS added
          LEFT JOIN erp_gateway_voucher AS voucher
            ON (voucher.id, voucher.batch_id, voucher.company_id) = (added.voucher_id, added.batch_id, added.company_id)
         WHERE voucher.id IS NULL
    ) THEN
        RAISE EXCEPTION 'a line belongs to a voucher of its batch and company'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'ledger_line_voucher_of_batch',
                  TABLE = 'erp_gateway_ledgerline';
    END IF;
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT voucher_id FROM inserted) AS added
          JOIN erp_gateway_voucher AS voucher ON voucher.id = added.voucher_id
         WHERE voucher.written_in <> pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION 'a voucher gets lines only in the transaction that writes it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
"""
CHECKED_BEFORE = """
CREATE OR REPLACE FUNCTION erp_gateway_refuse_late_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT voucher_id FROM inserted) AS added
          JOIN erp_gateway_voucher AS voucher ON voucher.id = added.voucher_id
         WHERE voucher.written_in <> pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION 'a voucher gets lines only in the transaction that writes it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("erp_gateway", "0002_ledger_rules")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CHECKED, CHECKED_BEFORE), migrations.RunSQL(LINES, LINES_BEFORE)],
            state_operations=[
                migrations.RemoveConstraint(model_name="ledgerline", name="ledger_line_number_once_per_batch"),
                migrations.RemoveField(model_name="ledgerline", name="id"),
                migrations.AddField(
                    model_name="ledgerline",
                    name="pk",
                    field=django.db.models.fields.composite.CompositePrimaryKey(
                        "batch_id", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
    ]

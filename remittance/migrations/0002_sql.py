"""What Django's models can't say: composite foreign keys, the fill factor and append-only history."""

from django.db import migrations

COMPOSITE_KEYS = """
ALTER TABLE remittance_payment ADD CONSTRAINT payment_of_remittance
    FOREIGN KEY (company_id, remittance_id) REFERENCES remittance_remittance (company_id, id);
ALTER TABLE remittance_paymenthistory ADD CONSTRAINT history_of_cause
    FOREIGN KEY (company_id, cause_id) REFERENCES remittance_cause (company_id, id);
ALTER TABLE remittance_cause ADD CONSTRAINT cause_of_company_remittance
    FOREIGN KEY (company_id, remittance_id) REFERENCES remittance_remittance (company_id, id);
ALTER TABLE remittance_approval ADD CONSTRAINT approval_of_company_remittance
    FOREIGN KEY (company_id, remittance_id) REFERENCES remittance_remittance (company_id, id);
ALTER TABLE remittance_bankmessage ADD CONSTRAINT bank_message_of_company_remittance
    FOREIGN KEY (company_id, remittance_id) REFERENCES remittance_remittance (company_id, id);
ALTER TABLE remittance_duplicatesuspicion ADD CONSTRAINT suspicion_of_company_payment
    FOREIGN KEY (company_id, payment_id) REFERENCES remittance_payment (company_id, id);
ALTER TABLE remittance_duplicatesuspicion ADD CONSTRAINT suspicion_of_company_earlier
    FOREIGN KEY (company_id, earlier_payment_id) REFERENCES remittance_payment (company_id, id);
-- Room on each page for the next version of its rows: a change of state then touches no index.
ALTER TABLE remittance_payment SET (fillfactor = 45);
"""
NO_COMPOSITE_KEYS = """
ALTER TABLE remittance_duplicatesuspicion DROP CONSTRAINT suspicion_of_company_earlier;
ALTER TABLE remittance_duplicatesuspicion DROP CONSTRAINT suspicion_of_company_payment;
ALTER TABLE remittance_bankmessage DROP CONSTRAINT bank_message_of_company_remittance;
ALTER TABLE remittance_approval DROP CONSTRAINT approval_of_company_remittance;
ALTER TABLE remittance_cause DROP CONSTRAINT cause_of_company_remittance;
ALTER TABLE remittance_paymenthistory DROP CONSTRAINT history_of_cause;
ALTER TABLE remittance_payment DROP CONSTRAINT payment_of_remittance;
ALTER TABLE remittance_payment RESET (fillfactor);
"""

APPEND_ONLY = """
CREATE FUNCTION remittance_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of payments is only ever added to';
END $$;
CREATE TRIGGER history_append_only BEFORE UPDATE OR DELETE ON remittance_paymenthistory
    FOR EACH STATEMENT EXECUTE FUNCTION remittance_refuse_change();
CREATE TRIGGER cause_append_only BEFORE UPDATE OR DELETE ON remittance_cause
    FOR EACH STATEMENT EXECUTE FUNCTION remittance_refuse_change();
"""
NOT_APPEND_ONLY = """
DROP TRIGGER cause_append_only ON remittance_cause;
DROP TRIGGER history_append_only ON remittance_paymenthistory;
DROP FUNCTION remittance_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("remittance", "0001_initial"), ("bank_gateway", "0002_norway_functions")]  # noqa: RUF012

    operations = [  # noqa: RUF012
        migrations.RunSQL(COMPOSITE_KEYS, NO_COMPOSITE_KEYS),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
    ]

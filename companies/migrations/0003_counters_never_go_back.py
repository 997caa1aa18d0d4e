"""Refuse in the database itself to set a company's counter back, as saving a company read earlier would."""

from typing import ClassVar

from django.db import migrations

CREATE = """
CREATE FUNCTION companies_refuse_counter_set_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the counters of company % never go back', OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER company_counters_never_go_back BEFORE UPDATE ON companies_company FOR EACH ROW
    WHEN (NEW.message_sequence < OLD.message_sequence OR NEW.acknowledged_sequence < OLD.acknowledged_sequence
          OR NEW.ledger_batch_number < OLD.ledger_batch_number)
    EXECUTE FUNCTION companies_refuse_counter_set_back();
"""
DROP = """
DROP TRIGGER company_counters_never_go_back ON companies_company;
DROP FUNCTION companies_refuse_counter_set_back();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("companies", "0002_audit_trigger")]
    operations: ClassVar = [migrations.RunSQL(CREATE, DROP)]

"""Refuse UPDATE and DELETE of audit events in the database itself."""

from typing import ClassVar

from django.db import migrations

CREATE = """
CREATE FUNCTION companies_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are only ever added: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_events_are_only_added BEFORE UPDATE OR DELETE ON companies_auditevent
    FOR EACH ROW EXECUTE FUNCTION companies_refuse_audit_change();
"""
DROP = """
DROP TRIGGER audit_events_are_only_added ON companies_auditevent;
DROP FUNCTION companies_refuse_audit_change();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("companies", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(CREATE, DROP)]

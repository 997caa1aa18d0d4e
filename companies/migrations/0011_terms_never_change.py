"""Refuse in the database to change or delete a published version of the terms."""

from typing import ClassVar

from django.db import migrations

CREATE = """
CREATE FUNCTION companies_refuse_terms_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'terms as published never change: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER terms_as_published BEFORE UPDATE OR DELETE ON companies_termsofservice
    FOR EACH ROW EXECUTE FUNCTION companies_refuse_terms_change();
CREATE TRIGGER terms_as_accepted BEFORE UPDATE OR DELETE ON companies_termsacceptance
    FOR EACH ROW EXECUTE FUNCTION companies_refuse_terms_change();
"""
DROP = """
DROP TRIGGER terms_as_accepted ON companies_termsacceptance;
DROP TRIGGER terms_as_published ON companies_termsofservice;
DROP FUNCTION companies_refuse_terms_change();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("companies", "0010_orders_imports_handovers")]
    operations: ClassVar = [migrations.RunSQL(CREATE, DROP)]

"""Whoever has a right at a customer is among its users; names and addresses of members follow their users'."""

from typing import ClassVar

from django.db import migrations

CREATE = """
INSERT INTO companies_customermember
       (id, customer_id, user_id, email, name, language, invited_at, accepted_at)
SELECT gen_random_uuid(), held.customer_id, person.id, person.email, person.name, person.language, now(), now()
  FROM (SELECT company.customer_id, role.user_id FROM companies_rolegrant AS role
          JOIN companies_company AS company ON company.id = role.company_id
        UNION SELECT company.customer_id, salary.user_id FROM companies_salaryaccess AS salary
          JOIN companies_company AS company ON company.id = salary.company_id
        UNION SELECT company.customer_id, employee.user_id FROM companies_employee AS employee
          JOIN companies_company AS company ON company.id = employee.company_id
        UNION SELECT customer_id, user_id FROM companies_customeradministrator) AS held
  JOIN companies_user AS person ON person.id = held.user_id
 WHERE NOT EXISTS (SELECT FROM companies_customermember AS known
                    WHERE known.customer_id = held.customer_id AND known.user_id = held.user_id);
-- A table whose new rows still wait for their foreign keys to be checked takes no index.
SET CONSTRAINTS ALL IMMEDIATE;
CREATE INDEX members_in_norwegian_order
    ON companies_customermember (customer_id, translate(lower(name), 'æøå', '{|}'), id);
CREATE INDEX companies_in_norwegian_order
    ON companies_company (customer_id, translate(lower(name), 'æøå', '{|}'), id);
CREATE FUNCTION companies_members_follow_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE companies_customermember SET name = NEW.name, email = NEW.email, language = NEW.language
     WHERE user_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER members_follow_user AFTER UPDATE OF name, email, language ON companies_user
    FOR EACH ROW WHEN (OLD.name <> NEW.name OR OLD.email <> NEW.email OR OLD.language <> NEW.language)
    EXECUTE FUNCTION companies_members_follow_user();
"""
DROP = """
DROP TRIGGER members_follow_user ON companies_user;
DROP FUNCTION companies_members_follow_user();
DROP INDEX members_in_norwegian_order;
DROP INDEX companies_in_norwegian_order;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("companies", "0008_members")]
    operations: ClassVar = [migrations.RunSQL(CREATE, DROP)]

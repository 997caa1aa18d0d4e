"""What must hold of the ledger whoever writes it (money.md 6): companies don't mix, vouchers balance, lines stay.

In SQL because Django has no composite foreign keys, no deferred constraint triggers and no refusing triggers.
"""

from django.db import migrations

FOREIGN_KEYS = """
ALTER TABLE erp_gateway_ledgerbatch
    ADD CONSTRAINT ledger_batch_agreement_of_company FOREIGN KEY (agreement_id, company_id)
    REFERENCES agreements_agreement (id, company_id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT ledger_batch_supersedes_of_company FOREIGN KEY (company_id, supersedes_id)
    REFERENCES erp_gateway_ledgerbatch (company_id, id) DEFERRABLE INITIALLY DEFERRED;
-- Deferred, since the batch takes its number, and so its row, as the last lock before commit.
ALTER TABLE erp_gateway_voucher
    ADD CONSTRAINT voucher_batch_of_company FOREIGN KEY (company_id, batch_id)
    REFERENCES erp_gateway_ledgerbatch (company_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE erp_gateway_ledgerline
    ADD CONSTRAINT ledger_line_voucher_of_batch FOREIGN KEY (company_id, batch_id, voucher_id)
    REFERENCES erp_gateway_voucher (company_id, batch_id, id);
ALTER TABLE erp_gateway_ledgerbatchfile
    ADD CONSTRAINT ledger_batch_file_of_company FOREIGN KEY (company_id, batch_id)
    REFERENCES erp_gateway_ledgerbatch (company_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE erp_gateway_ledgerbatchevent
    ADD CONSTRAINT ledger_batch_event_of_company FOREIGN KEY (company_id, batch_id)
    REFERENCES erp_gateway_ledgerbatch (company_id, id) DEFERRABLE INITIALLY DEFERRED;
"""
NO_FOREIGN_KEYS = """
ALTER TABLE erp_gateway_ledgerbatchevent DROP CONSTRAINT ledger_batch_event_of_company;
ALTER TABLE erp_gateway_ledgerbatchfile DROP CONSTRAINT ledger_batch_file_of_company;
ALTER TABLE erp_gateway_ledgerline DROP CONSTRAINT ledger_line_voucher_of_batch;
ALTER TABLE erp_gateway_voucher DROP CONSTRAINT voucher_batch_of_company;
ALTER TABLE erp_gateway_ledgerbatch DROP CONSTRAINT ledger_batch_supersedes_of_company,
    DROP CONSTRAINT ledger_batch_agreement_of_company;
"""

BALANCE = """
CREATE FUNCTION erp_gateway_check_voucher() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    debits numeric;
    credits numeric;
    lines bigint;
BEGIN
    SELECT sum(debit), sum(credit), count(*) INTO debits, credits, lines
      FROM erp_gateway_ledgerline WHERE voucher_id = NEW.id;
    IF lines < 2 OR debits <> credits OR debits <= 0 THEN
        RAISE EXCEPTION 'voucher % has % lines, debits % and credits %', NEW.number, lines, debits, credits
            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_balances', TABLE = 'erp_gateway_voucher';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER voucher_balances AFTER INSERT ON erp_gateway_voucher
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION erp_gateway_check_voucher();
"""
NO_BALANCE = """
DROP TRIGGER voucher_balances ON erp_gateway_voucher;
DROP FUNCTION erp_gateway_check_voucher();
"""

# The balance is checked once, when the voucher's transaction ends: no line may come later, or leave, or change.
INSERTED_ONLY = """
CREATE FUNCTION erp_gateway_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: what is to be posted never changes', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_line_never_changes BEFORE UPDATE OR DELETE ON erp_gateway_ledgerline
    FOR EACH STATEMENT EXECUTE FUNCTION erp_gateway_refuse_change();
CREATE TRIGGER voucher_never_changes BEFORE UPDATE OR DELETE ON erp_gateway_voucher
    FOR EACH STATEMENT EXECUTE FUNCTION erp_gateway_refuse_change();
CREATE TRIGGER ledger_batch_file_never_changes BEFORE UPDATE OR DELETE ON erp_gateway_ledgerbatchfile
    FOR EACH STATEMENT EXECUTE FUNCTION erp_gateway_refuse_change();

CREATE FUNCTION erp_gateway_stamp_voucher() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.written_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
CREATE TRIGGER voucher_is_stamped BEFORE INSERT ON erp_gateway_voucher
    FOR EACH ROW EXECUTE FUNCTION erp_gateway_stamp_voucher();

CREATE FUNCTION erp_gateway_refuse_late_line() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER ledger_line_comes_with_its_voucher AFTER INSERT ON erp_gateway_ledgerline
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION erp_gateway_refuse_late_line();

CREATE FUNCTION erp_gateway_refuse_batch_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.company_id, NEW.number, NEW.kind, NEW.agreement_id, NEW.currency, NEW.total,
            NEW.line_count, NEW.source_file_id, NEW.auto_post, NEW.posting_employee_id, NEW.posting_employee_name,
            NEW.posting_employee_chosen_by, NEW.supersedes_id, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.company_id, OLD.number, OLD.kind, OLD.agreement_id, OLD.currency, OLD.total,
            OLD.line_count, OLD.source_file_id, OLD.auto_post, OLD.posting_employee_id, OLD.posting_employee_name,
            OLD.posting_employee_chosen_by, OLD.supersedes_id, OLD.created_at)
    THEN
        RAISE EXCEPTION '% of ledger batch % is refused: only its status changes', TG_OP, OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_batch_keeps_what_it_is BEFORE UPDATE OR DELETE ON erp_gateway_ledgerbatch
    FOR EACH ROW EXECUTE FUNCTION erp_gateway_refuse_batch_change();
"""
NOT_INSERTED_ONLY = """
DROP TRIGGER ledger_batch_keeps_what_it_is ON erp_gateway_ledgerbatch;
DROP FUNCTION erp_gateway_refuse_batch_change();
DROP TRIGGER ledger_line_comes_with_its_voucher ON erp_gateway_ledgerline;
DROP FUNCTION erp_gateway_refuse_late_line();
DROP TRIGGER voucher_is_stamped ON erp_gateway_voucher;
DROP FUNCTION erp_gateway_stamp_voucher();
DROP TRIGGER ledger_batch_file_never_changes ON erp_gateway_ledgerbatchfile;
DROP TRIGGER voucher_never_changes ON erp_gateway_voucher;
DROP TRIGGER ledger_line_never_changes ON erp_gateway_ledgerline;
DROP FUNCTION erp_gateway_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("erp_gateway", "0001_initial")]

    operations = [
        migrations.RunSQL(FOREIGN_KEYS, NO_FOREIGN_KEYS),
        migrations.RunSQL(BALANCE, NO_BALANCE),
        migrations.RunSQL(INSERTED_ONLY, NOT_INSERTED_ONLY),
    ]

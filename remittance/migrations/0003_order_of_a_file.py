"""Name the order behind each file that was queued before files carried it (see services/bank_file.py, `order_key`)."""

from typing import ClassVar

from django.db import migrations

NAME_ORDERS = """
UPDATE bank_gateway_outgoingfile AS file
   SET order_key = encode(sha256(convert_to(r.company_id::text || '/' || r.message_id, 'UTF8')), 'hex')
  FROM remittance_remittance AS r
 WHERE file.subject_kind = 'remittance' AND file.subject_id = r.id AND file.order_key = '';
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("remittance", "0002_sql"), ("bank_gateway", "0003_order_of_a_file")]
    operations: ClassVar = [migrations.RunSQL(NAME_ORDERS, migrations.RunSQL.noop)]

"""What Django's models can't say: the company and the agreement of an incoming payment belong together."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments_in", "0001_initial"), ("bank_gateway", "0002_norway_functions")]  # noqa: RUF012

    operations = [  # noqa: RUF012
        migrations.RunSQL(
            """ALTER TABLE payments_in_incomingpayment ADD CONSTRAINT incoming_payment_of_agreement
                   FOREIGN KEY (agreement_id, company_id) REFERENCES agreements_agreement (id, company_id)""",
            "ALTER TABLE payments_in_incomingpayment DROP CONSTRAINT incoming_payment_of_agreement",
        ),
    ]

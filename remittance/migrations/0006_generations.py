"""Keep which payments a bank's file carries, and which of them it has given up for a later file."""

from typing import ClassVar

from django.db import migrations, models

import remittance.fields


class Migration(migrations.Migration):
    dependencies: ClassVar = [("remittance", "0005_payments_forgotten_by_a_restore")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="bankmessage", name="positions", field=remittance.fields.PositionsField(null=True)
        ),
        migrations.AddField(
            model_name="bankmessage", name="given_up", field=remittance.fields.PositionsField(default="{}")
        ),
        migrations.AlterField(
            model_name="cause",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Received from the ERP"),
                    ("awaiting", "Waits for approval"),
                    ("approval", "Approved by one"),
                    ("approved", "Approved"),
                    ("released", "Made ready for the bank"),
                    ("refused", "Refused by an approver"),
                    ("cancelled", "Cancelled"),
                    ("sent", "Sent to the bank"),
                    ("in_doubt", "In doubt whether the bank has it"),
                    ("never_left", "Shown never to have left; sent again unchanged"),
                    ("status_report", "The bank's status report"),
                    ("debit", "The bank's debit notification"),
                    ("return", "Returned by the bank"),
                    ("doubt_opinion", "One operator's decision about the doubt"),
                    ("decided_at_bank", "Two operators decided: the bank has it"),
                    ("decided_missing", "Two operators decided: the bank does not have it"),
                    ("new_generation", "To be sent again in a new file"),
                    ("old_generation", "The bank has an earlier file of it after all"),
                ],
                max_length=16,
            ),
        ),
    ]

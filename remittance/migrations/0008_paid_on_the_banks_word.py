"""Keep whether a payment is paid on the bank's word alone, its booked debit still to come."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("remittance", "0007_dates_moved")]
    operations: ClassVar = [
        migrations.AddField(model_name="payment", name="awaits_debit", field=models.BooleanField(db_default=False)),
    ]

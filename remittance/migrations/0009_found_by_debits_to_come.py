"""Find the payments of a remittance whose booked debit is still to come without reading the others."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("remittance", "0008_paid_on_the_banks_word")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("awaits_debit", True)), fields=["remittance"], name="payment_awaits_debit"
            ),
        ),
    ]

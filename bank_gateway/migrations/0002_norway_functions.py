"""Check digits of KID and account numbers in SQL."""

from django.db import migrations

from bank_gateway.norway.sql import CREATE_FUNCTIONS, DROP_FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("bank_gateway", "0001_initial")]  # noqa: RUF012

    operations = [migrations.RunSQL(CREATE_FUNCTIONS, DROP_FUNCTIONS)]  # noqa: RUF012

"""Say why a part of a bank's file fits nothing, and let a file in quarantine be set aside."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("bank_gateway", "0006_doubts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.RemoveConstraint(
            model_name="incomingfile",
            name="incoming_state_known",
        ),
        migrations.AddField(
            model_name="deviation",
            name="details",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="deviation",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="incomingfile",
            name="note",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="incomingfile",
            name="set_aside_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="incomingfile",
            name="set_aside_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AlterField(
            model_name="incomingfile",
            name="state",
            field=models.CharField(
                choices=[
                    ("stored", "stored"),
                    ("applied", "applied"),
                    ("repeat", "repeat of an earlier file"),
                    ("quarantined", "in quarantine"),
                    ("set_aside", "set aside"),
                ],
                default="stored",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="incomingfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["stored", "applied", "repeat", "quarantined", "set_aside"])),
                name="incoming_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="incomingfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "set_aside"), _negated=True),
                    models.Q(("set_aside_at__isnull", False), models.Q(("note", ""), _negated=True)),
                    _connector="OR",
                ),
                name="incoming_set_aside_says_why",
            ),
        ),
    ]

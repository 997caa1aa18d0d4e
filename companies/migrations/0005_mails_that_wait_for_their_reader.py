from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("companies", "0004_alarms_watched_and_told")]

    operations = [
        migrations.RemoveField(model_name="alarmmail", name="waiting"),
        migrations.AddField(model_name="alarmmail", name="due_at", field=models.DateTimeField(null=True)),
        migrations.RunSQL(
            "UPDATE companies_alarmmail SET due_at = created_at; SET CONSTRAINTS ALL IMMEDIATE;",
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.AlterField(model_name="alarmmail", name="due_at", field=models.DateTimeField()),
        migrations.AddIndex(
            model_name="alarmmail",
            index=models.Index(
                fields=["sent_at"], condition=models.Q(sent_at__isnull=False), name="alarm_mail_sent_lately"
            ),
        ),
    ]

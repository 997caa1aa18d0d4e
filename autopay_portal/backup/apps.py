from django.apps import AppConfig


class BackupConfig(AppConfig):
    """The commands `backup` and `restore`; keeps nothing of its own in the database."""

    name = "autopay_portal.backup"
    label = "backup"

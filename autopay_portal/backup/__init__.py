"""Backup and restore of one installation: the database, the files it names, and what lies beside it."""

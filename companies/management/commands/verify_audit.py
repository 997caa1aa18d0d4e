"""`manage.py verify_audit`: check the audit chains and their signed heads; exit 1 at a broken link."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from companies.verification import verify_audit


class Command(BaseCommand):
    help = "Check every audit chain, link by link, and the file of signed heads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the file of heads and the key to trust."""
        parser.add_argument("--heads", type=Path, default=Path(settings.AUDIT_HEADS), help="file of signed heads")
        parser.add_argument("--public-key", help="the Ed25519 key (hex) to trust; else those in the database are")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, print what was checked, and raise CommandError with the first broken link of each chain."""
        report = verify_audit(heads_file=options["heads"], public_key=options["public_key"])
        self.stdout.write(f"{report.chains} chains, {report.events} events, {report.signed_heads} signed heads")
        if report.broken:
            lines = [f"{link.chain} at {link.sequence}: {link.fault}" for link in report.broken]
            raise CommandError("broken: " + "; ".join(lines))
        self.stdout.write("every link holds")

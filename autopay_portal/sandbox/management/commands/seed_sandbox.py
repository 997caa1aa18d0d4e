"""`manage.py seed_sandbox`: fill the sandbox once; a later run changes nothing that a person has changed."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from autopay_portal.sandbox.seed import ControlledBanks, UnableToSeedError, write_sandbox_data


class Command(BaseCommand):
    help = "Write the sandbox's customers, companies, people and agreements, unless they are there."
    requires_system_checks = []

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Ask the banks at their control address, write, and say whether anything was."""
        if not settings.SANDBOX:
            raise CommandError("This is not a sandbox")
        if not settings.BANKS_URL:
            raise CommandError("The simulated banks' address isn't known: start them with `make run`")
        try:
            written = write_sandbox_data(banks=ControlledBanks(settings.BANKS_URL))
        except UnableToSeedError as error:
            raise CommandError(str(error)) from error
        if written:
            self.stdout.write("         Wrote the sandbox's customers, companies, users and agreements")

"""Publish a version of the terms of service from two text files, one per language."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from companies.actors import Actor
from companies.services import publish_terms


class Command(BaseCommand):
    help = "Publish a version of the terms of service; every customer is asked to accept it. It can never be changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the version and its two texts."""
        parser.add_argument("version", help="what the version is called, such as 2026-1")
        parser.add_argument("norwegian", type=Path, help="file with the text in Norwegian, UTF-8")
        parser.add_argument("english", type=Path, help="file with the text in English, UTF-8")

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish it, and say what happens now."""
        version: str = options["version"]
        try:
            texts = [options[language].read_text(encoding="utf-8").strip() for language in ("norwegian", "english")]
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"A text can't be read: {error}") from None
        if not all(texts) or not version.strip() or len(version) > 20:
            raise CommandError("The version has 1 to 20 signs, and neither text is empty.")
        try:
            publish_terms(version=version, text_nb=texts[0], text_en=texts[1], actor=Actor.system("publish_terms"))
        except IntegrityError:
            raise CommandError(f"Version {version} is published already; its text never changes.") from None
        self.stdout.write(f"Version {version} is published. Customers are asked to accept it when they next look.")

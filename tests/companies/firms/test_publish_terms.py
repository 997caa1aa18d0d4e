"""Publishing terms from the command line."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from companies.models import TermsOfService

pytestmark = pytest.mark.django_db


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_version_is_published_once_from_two_files(tmp_path: Path) -> None:
    texts = write(tmp_path, "nb.txt", "Vilkår på norsk"), write(tmp_path, "en.txt", "Terms in English")

    call_command("publish_terms", "2026-1", *texts)

    terms = TermsOfService.objects.get()
    assert (terms.version, terms.text_nb, terms.text_en) == ("2026-1", "Vilkår på norsk", "Terms in English")
    with pytest.raises(CommandError, match="published already"):
        call_command("publish_terms", "2026-1", *texts)


def test_an_empty_or_missing_text_is_refused(tmp_path: Path) -> None:
    text = write(tmp_path, "nb.txt", "Vilkår")
    for other in (write(tmp_path, "en.txt", " \n"), str(tmp_path / "nowhere.txt")):
        with pytest.raises(CommandError):
            call_command("publish_terms", "2026-1", text, other)
    assert not TermsOfService.objects.exists()

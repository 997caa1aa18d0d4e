"""The Norwegian texts: read, compiled as gettext reads them, and found missing where they are."""

import gettext
import io
from pathlib import Path

import pytest

from autopay_portal.translations.__main__ import _fault
from autopay_portal.translations.catalogue import Catalogue, CatalogueError, Key, read_catalogue
from autopay_portal.translations.compiled import to_mo
from autopay_portal.translations.sources import _in_python, _in_template

PO = r"""
# a comment
msgid ""
msgstr ""
"Language: nb\n"

msgid "Payment"
msgstr "Betaling"

#: somewhere.py:1
msgctxt "verb"
msgid "Open"
msgstr "Åpne"

msgid ""
"A text "
"in \"two\" parts\n"
msgstr "En tekst i \"to\" deler\n"

msgid "%(count)s file"
msgid_plural "%(count)s files"
msgstr[0] "%(count)s fil"
msgstr[1] "%(count)s filer"

msgid "Untranslated"
msgstr ""
"""


@pytest.fixture
def po(tmp_path: Path) -> Path:
    path = tmp_path / "room.po"
    path.write_text(PO, encoding="utf-8")
    return path


def test_gettext_reads_what_was_compiled(po: Path) -> None:
    read = gettext.GNUTranslations(io.BytesIO(to_mo(read_catalogue([po]), language="nb")))

    assert read.gettext("Payment") == "Betaling"
    assert read.pgettext("verb", "Open") == "Åpne"
    assert read.gettext('A text in "two" parts\n') == 'En tekst i "to" deler\n'
    assert read.ngettext("%(count)s file", "%(count)s files", 1) == "%(count)s fil"
    assert read.ngettext("%(count)s file", "%(count)s files", 2) == "%(count)s filer"
    assert read.gettext("Untranslated") == "Untranslated"
    assert read.charset() == "UTF-8"


def test_the_first_file_that_has_a_text_wins(po: Path, tmp_path: Path) -> None:
    second = tmp_path / "second.po"
    second.write_text(
        'msgid "Payment"\nmsgstr "Utbetaling"\n\nmsgid "Untranslated"\nmsgstr "Oversatt"\n', encoding="utf-8"
    )

    catalogue = read_catalogue([po, second])

    assert catalogue[Key("", "Payment")] == ("Betaling",)
    assert catalogue[Key("", "Untranslated")] == ("Oversatt",)


def test_a_line_that_is_no_catalogue_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.po"
    path.write_text('msgid "Payment"\nmsgstr Betaling\n', encoding="utf-8")

    with pytest.raises(CatalogueError, match=r"broken\.po, line 2"):
        read_catalogue([path])


def test_texts_are_found_in_code_under_any_name() -> None:
    source = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext as in_context
from autopay_portal.core.errors import noop
A = _("One")
B = ngettext("one file", "many files", 3)
C = in_context("verb", "Open")
D = noop("%(name)s is gone")
E = str("no text")
"""
    assert set(_in_python(source)) == {
        Key("", "One"),
        Key("", "one file", "many files"),
        Key("verb", "Open"),
        Key("", "%(name)s is gone"),
    }


def test_texts_are_found_in_templates() -> None:
    source = (
        '{% load i18n %}<h1>{% translate "Payments" %}</h1>{{ _("Total")|upper }}'
        "{% blocktranslate with name=user.name trimmed %}\n  Hello\n  {{ name }}\n{% endblocktranslate %}"
        "{% blocktranslate count n=files %}one{% plural %}{{ n }} files{% endblocktranslate %}"
    )
    assert set(_in_template(source, "page.html")) == {
        Key("", "Payments"),
        Key("", "Total"),
        Key("", "Hello %(name)s"),
        Key("", "one", "%(n)s files"),
    }


def test_a_missing_text_and_a_lost_placeholder_are_faults() -> None:
    catalogue: Catalogue = {Key("", "%(name)s is gone"): ("Borte",), Key("", "Fine %(name)s"): ("Bra %(name)s",)}

    assert "no Norwegian" in _fault(Key("", "New"), "a.py", catalogue)
    assert "placeholders" in _fault(Key("", "%(name)s is gone"), "a.py", catalogue)
    assert _fault(Key("", "Fine %(name)s"), "a.py", catalogue) == ""

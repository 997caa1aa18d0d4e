import ast
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

from autopay_portal.core.catalogues import LOCALE, CatalogueError, build, merge

ROOT = LOCALE.parent
PAGES = ("templates", "autopay_portal/overview", "autopay_portal/core/templatetags")
_MARKED = {"_", "gettext", "gettext_lazy", "noop", "_noop"}
_IN_TEMPLATE = re.compile(r"""\bn?gettext\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", re.DOTALL)


def texts_of(path: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        for match in _IN_TEMPLATE.finditer(templatize(source)):
            yield str(ast.literal_eval(match[1]))
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MARKED:
            yield str(ast.literal_eval(node.args[0]))


def test_every_text_of_the_pages_is_said_in_norwegian() -> None:
    norwegian = merge(list((LOCALE / "fragments").glob("*.po")))
    files = [path for room in PAGES for path in (ROOT / room).rglob("*") if path.suffix in {".py", ".html"}]
    texts = {text: path for path in files for text in texts_of(path)}

    missing = sorted(f"{path.relative_to(ROOT)}: {text}" for text, path in texts.items() if text not in norwegian)

    assert len(texts) > 100
    assert missing == []


@pytest.fixture
def locale(tmp_path: Path) -> Path:
    (tmp_path / "fragments").mkdir()
    return tmp_path


def fragment(locale: Path, name: str, text: str) -> None:
    (locale / "fragments" / name).write_text(text, encoding="utf-8")


def test_fragments_become_a_catalogue_that_gettext_reads(locale: Path) -> None:
    fragment(
        locale, "a.po", '# Words.\nmsgid "Paid"\nmsgstr "Betalt"\n\nmsgid ""\n"Long "\n"text"\nmsgstr "Lang tekst"\n'
    )
    plural = 'msgid "%(n)s file"\nmsgid_plural "%(n)s files"\nmsgstr[0] "%(n)s fil"\nmsgstr[1] "%(n)s filer"\n'
    fragment(locale, "b.po", plural + '\nmsgctxt "menu"\nmsgid "Paid"\nmsgstr "Betalte"\n')

    assert build(locale) == 4

    with (locale / "nb" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        texts = GNUTranslations(file)
    assert texts.gettext("Paid") == "Betalt"
    assert texts.gettext("Long text") == "Lang tekst"
    assert texts.ngettext("%(n)s file", "%(n)s files", 1) == "%(n)s fil"
    assert texts.ngettext("%(n)s file", "%(n)s files", 0) == "%(n)s filer"
    assert texts.pgettext("menu", "Paid") == "Betalte"
    assert texts.gettext("Unknown") == "Unknown"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('msgid "Paid"\nmsgstr ""\n', "no translation"),
        ('msgid "Paid"\nmsgstr "Betalt %(count)s"\n', "placeholder"),
        ('msgid "Paid"\nBetalt\n', "a.po:2"),
        ('msgid "Paid"\nmsgstr "Be"talt"\n', "not a quoted text"),
    ],
)
def test_a_fragment_that_is_wrong_is_named(locale: Path, text: str, said: str) -> None:
    fragment(locale, "a.po", text)

    with pytest.raises(CatalogueError, match=said):
        build(locale)


def test_one_text_has_one_translation(locale: Path) -> None:
    fragment(locale, "a.po", 'msgid "Paid"\nmsgstr "Betalt"\n')
    fragment(locale, "b.po", 'msgid "Paid"\nmsgstr "Gjort opp"\n')

    with pytest.raises(CatalogueError, match=r"b\.po:1 and a\.po:1"):
        build(locale)

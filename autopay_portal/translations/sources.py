"""Find the English texts that the code and the templates show."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

from autopay_portal.translations.catalogue import ROOT, Key

_ROOMS = ("autopay_portal", "companies", "bank_gateway", "agreements", "erp_gateway", "remittance", "payments_in")
# Which arguments are the text, the plural and the context.
_FUNCTIONS = {
    "gettext": (0, None, None),
    "gettext_lazy": (0, None, None),
    "gettext_noop": (0, None, None),
    "noop": (0, None, None),
    "ngettext": (0, 1, None),
    "ngettext_lazy": (0, 1, None),
    "pgettext": (1, None, 0),
    "pgettext_lazy": (1, None, 0),
    "npgettext": (1, 2, 0),
}
_MODULES = {"django.utils.translation", "autopay_portal.core.errors", "errors", "core.errors"}
# What Django's templatize makes of a template: calls with plain string literals among crossed-out text.
_LITERAL = r"u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*({_LITERAL}(?:\s*,\s*{_LITERAL})*)")


def texts_in_use() -> dict[Key, str]:
    """Return every text that is shown somewhere, with one place where it is."""
    found: dict[Key, str] = {}
    for path in _files():
        name = str(path.relative_to(ROOT))
        source = path.read_text(encoding="utf-8")
        keys = _in_python(source) if path.suffix == ".py" else _in_template(source, name)
        for key in keys:
            found.setdefault(key, name)
    return found


def _files() -> Iterator[Path]:
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts and "simulator" not in path.parts:
                yield path
    folders = [ROOT / "templates", *(ROOT / room for room in _ROOMS)]
    for folder in folders:
        for suffix in ("*.html", "*.txt", "*.subject"):
            yield from (path for path in sorted(folder.rglob(suffix)) if "templates" in path.parts)


def _in_python(source: str) -> Iterator[Key]:
    tree = ast.parse(source)
    names = {"noop": "noop", "_noop": "noop"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "") in _MODULES:
            names.update({alias.asname or alias.name: alias.name for alias in node.names})
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if key := _key(names.get(called, called), [_literal(argument) for argument in node.args]):
                yield key


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _key(function: str, arguments: list[str | None]) -> Key | None:
    places = _FUNCTIONS.get(function)
    if places is None:
        return None
    text, plural, context = (
        arguments[place] if place is not None and place < len(arguments) else None for place in places
    )
    return Key(context or "", text, plural or "") if text else None


def _in_template(source: str, name: str) -> Iterator[Key]:
    for function, literals in _CALL.findall(templatize(source, origin=name)):
        arguments: list[str | None] = [str(ast.literal_eval(text)) for text in re.findall(_LITERAL, literals)]
        if key := _key("gettext" if function == "_" else function, arguments):
            yield key

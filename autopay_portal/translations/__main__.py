"""`python -m autopay_portal.translations compile|check`: the Norwegian texts made ready, or proven complete."""

import os
import re
import sys

from autopay_portal.translations.catalogue import Catalogue, Key, catalogue_files, read_catalogue
from autopay_portal.translations.compiled import compile_language

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")


def find_faults() -> list[str]:
    """Return what is wrong: a shown text without Norwegian, or one whose placeholders differ."""
    from autopay_portal.translations.sources import texts_in_use

    catalogue = read_catalogue(catalogue_files("nb"))
    return [fault for key, place in sorted(texts_in_use().items(), key=str) if (fault := _fault(key, place, catalogue))]


def _fault(key: Key, place: str, catalogue: Catalogue) -> str:
    texts = catalogue.get(key)
    if texts is None:
        return f"{place}: no Norwegian for {key.text[:90]!r}"
    wanted = set(_PLACEHOLDER.findall(key.text + key.plural))
    if any(set(_PLACEHOLDER.findall(text)) - wanted for text in texts) or wanted - set(
        _PLACEHOLDER.findall("".join(texts))
    ):
        return f"{place}: other placeholders in the Norwegian of {key.text[:90]!r}"
    return ""


def main() -> int:
    """Return 0 when done or complete, 1 when something is missing, 2 for wrong usage."""
    if sys.argv[1:] == ["compile"]:
        compile_language("nb")
        return 0
    if sys.argv[1:] != ["check"]:
        print(__doc__)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autopay_portal.settings")
    faults = find_faults()
    print("\n".join(faults) or "Every text has its Norwegian.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

from collections import defaultdict

from autopay_portal.translations.catalogue import Key, catalogue_files, read_catalogue, read_entries
from autopay_portal.translations.sources import texts_in_use

PAGES = ("templates/", "autopay_portal/overview/", "autopay_portal/core/templatetags/")


def test_every_text_of_the_pages_is_said_in_norwegian() -> None:
    norwegian = read_catalogue(catalogue_files("nb"))
    texts = {key: place for key, place in texts_in_use().items() if place.startswith(PAGES)}

    missing = sorted(f"{place}: {key.text}" for key, place in texts.items() if key not in norwegian)

    assert len(texts) > 100
    assert missing == []


def test_a_word_means_one_thing_in_the_whole_portal() -> None:
    found: dict[Key, set[tuple[str, ...]]] = defaultdict(set)
    for path in catalogue_files("nb"):
        for key, texts in read_entries(path):
            found[key].add(texts)

    assert {key.text: texts for key, texts in found.items() if key.text and len(texts) > 1} == {}

"""A class of the pages is described in one stylesheet: two rooms that choose the same name would dress each other."""

import re
from collections import defaultdict
from pathlib import Path

SHEETS = Path(__file__).parents[2] / "templates" / "static" / "autopay"
# How everything is printed is said again, of everybody's classes.
_OF_ALL = {"print.css"}
_LONE_CLASS = re.compile(r"\s*\.([a-z][\w-]*)\s*")


def test_a_class_is_described_in_one_stylesheet() -> None:
    described: dict[str, set[str]] = defaultdict(set)
    for sheet in SHEETS.glob("*.css"):
        if sheet.name in _OF_ALL:
            continue
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        for selectors in re.findall(r"(?:^|[}{;])\s*([^{}@;]+)\{", text):
            for selector in selectors.split(","):
                if lone := _LONE_CLASS.fullmatch(selector):
                    described[lone[1]].add(sheet.name)

    assert len(described) > 100
    assert {name: sheets for name, sheets in described.items() if len(sheets) > 1} == {}

"""The same morning and people as the pages of money."""

from tests.pages.money.conftest import _files, _tuesday_morning, people

__all__ = ["_files", "_tuesday_morning", "people"]

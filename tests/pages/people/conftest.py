"""The same customer, administrators and user as in the tests of the services."""

from tests.companies.people.conftest import ada, bo, customer, firm, kari, sister

__all__ = ["ada", "bo", "customer", "firm", "kari", "sister"]

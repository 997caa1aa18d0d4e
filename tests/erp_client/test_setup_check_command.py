"""`autopay setup-check` at a real portal."""

import pytest

from companies.models import Role
from tests.erp_gateway.builders import another_user
from tests.remittance.builders import Sender

from .builders import Office, profile_of
from .terminal import run_in_terminal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def test_each_check_stands_on_a_line_and_what_lacks_isnt_done(office: Office) -> None:
    viewer = Sender(another_user(office.sender.erp, Role.VIEWER), office.sender.agreement)
    office.autopay.write_profile(**profile_of(viewer, office.client.api))

    ran = office.autopay.run("setup-check")

    assert ran.code == 1, ran.err
    names = ["signature", "user", "role", "licence", "terms", "service", "agreements", "bank_line"]
    assert [line.split()[1] for line in ran.out.splitlines()[:8]] == names
    assert "no  role  " in ran.out


def test_a_terminal_shows_it_as_a_table(office: Office) -> None:
    answer = office.client.setup_check()

    code, screen = run_in_terminal(office.autopay, "setup-check", "--lang", "nb")

    assert code == (0 if answer["ok"] else 1)
    assert "✓  Signatur" in screen
    assert "Linje til bank" in screen

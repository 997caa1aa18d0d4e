"""The grid of users and companies as a page: searched, paged, ticked with and without script."""

import re
from typing import Any

import pytest
from django.contrib.messages import get_messages

from companies.models import Company, Customer, CustomerMember, Role, RoleGrant, User
from companies.services import grant_role
from tests.companies.builders import SETUP, make_company, make_user
from tests.companies.people.conftest import invited, member_of
from tests.pages.money.builders import read
from tests.pages.money.conftest import signed_in_as

HTMX = {"HX-Request": "true"}


def address(customer: Customer, rest: str = "") -> str:
    return f"/customers/{customer.pk}/users/{rest}"


def save(
    customer: Customer, actor: User, user: User, company: Company, *rights: str, seen: str = "", **more: Any
) -> Any:
    """Post a cell's ticks as its form does."""
    member = CustomerMember.objects.get(customer=customer, user=user).pk
    data = {"member": member, "company": company.pk, "rights": rights, "seen": seen}
    return signed_in_as(actor).post(address(customer, "rights/"), data, **more)


def test_the_grid_shows_who_may_what_with_every_role_explained(
    customer: Customer, firm: Company, sister: Company, ada: User, kari: User
) -> None:
    html = read(signed_in_as(ada), address(customer))

    assert 'value="viewer" checked aria-describedby="right-viewer"' in html
    assert html.count('type="checkbox" id="box-') == 2 * 2 * 6
    for right in ("viewer", "uploader", "file_transfer", "approver", "autopay_administrator", "salary"):
        assert f'id="right-{right}"' in html
    assert "Kari Nordmann, Fjord Varme AS" in html
    assert html.index("Fjord Varme AS") < html.index("Ås Bygg AS")
    assert "Kundeadministrator" in html
    assert "AutoPay er ikke slått på" in html
    assert "Expense og MDM har ingen egne rettigheter her" in html


def test_a_tick_answers_only_what_changed(customer: Customer, firm: Company, ada: User, bo: User, kari: User) -> None:
    html = save(customer, ada, kari, firm, "viewer", "uploader", seen="viewer", headers=HTMX).content.decode()

    assert "Lagret: Kari Nordmann · Fjord Varme AS · Opplaster" in html
    assert 'value="viewer uploader" hx-swap-oob="true"' in html
    assert 'id="tick-' not in html
    assert "data-undo" in html
    assert re.findall(r'name="rights" value="(\w+)"', html) == ["viewer"]


def test_an_approver_is_shown_as_pending_and_not_as_ticked(
    customer: Customer, firm: Company, ada: User, bo: User, kari: User
) -> None:
    html = save(customer, ada, kari, firm, "viewer", "approver", seen="viewer", headers=HTMX).content.decode()

    assert "Det gjelder når en annen administrator bekrefter det" in html
    assert re.search(r'id="tick-[^"]+-approver" hx-swap-oob="true"><input [^>]*value="approver" aria', html)
    assert f"foreslått av {ada.name}, venter på en annen administrator" in html
    assert "data-undo" not in html
    assert f"foreslått av {ada.name}" in read(signed_in_as(bo), address(customer))


def test_two_administrators_who_tick_the_same_are_told(
    customer: Customer, firm: Company, ada: User, bo: User, kari: User
) -> None:
    save(customer, bo, kari, firm, seen="viewer", headers=HTMX)
    html = save(customer, ada, kari, firm, seen="viewer", headers=HTMX).content.decode()
    assert "i mellomtiden. Det står slik det vises nå" in html
    save(customer, bo, kari, firm, "uploader", headers=HTMX)
    html = save(customer, ada, kari, firm, "uploader", headers=HTMX).content.decode()
    assert f"{bo.name} har endret Opplaster for Kari Nordmann" in html


def test_undoing_brings_every_tick_of_the_cell_back(customer: Customer, firm: Company, ada: User, kari: User) -> None:
    save(customer, ada, kari, firm, "viewer", "uploader", seen="viewer", headers=HTMX)
    member = member_of(kari, customer)
    data = {"member": member.pk, "company": firm.pk, "rights": ["viewer"], "seen": "viewer uploader", "undo": "1"}
    html = signed_in_as(ada).post(address(customer, "rights/"), data, headers=HTMX).content.decode()
    assert html.count('hx-swap-oob="true"><input type="checkbox"') == 6
    assert set(RoleGrant.objects.filter(user=kari).values_list("role", flat=True)) == {"viewer"}


def test_without_script_the_cell_is_a_form_that_leads_back(
    customer: Customer, firm: Company, ada: User, kari: User
) -> None:
    answer = save(customer, ada, kari, firm, "viewer", "uploader", seen="viewer")
    assert answer.status_code == 302
    assert answer.headers["Location"] == address(customer)
    assert [str(each) for each in get_messages(answer.wsgi_request)] == [
        "Lagret: Kari Nordmann · Fjord Varme AS · Opplaster."
    ]


@pytest.mark.parametrize("field", ["member", "company"])
def test_rubbish_and_anothers_are_not_found(
    customer: Customer, firm: Company, ada: User, kari: User, field: str
) -> None:
    foreign = make_company(name="Hemmelig Fangst AS")
    stranger = make_user(company=foreign, roles=(Role.VIEWER,))
    other = {"member": member_of(stranger, foreign.customer).pk, "company": foreign.pk}[field]
    for value in ("", "x", "\0", "019ab000-0000-7000-8000-000000000000", str(other)):
        data = {"member": member_of(kari, customer).pk, "company": firm.pk, "rights": "uploader", field: value}
        answer = signed_in_as(ada).post(address(customer, "rights/"), data, headers=HTMX)
        assert answer.status_code == 404
    assert not RoleGrant.objects.filter(role="uploader").exists()


def test_an_unknown_right_is_refused(customer: Customer, firm: Company, ada: User, kari: User) -> None:
    assert save(customer, ada, kari, firm, "operator", headers=HTMX).status_code == 422


def test_searches_narrow_both_sides(customer: Customer, firm: Company, sister: Company, ada: User, kari: User) -> None:
    client = signed_in_as(ada)

    def found(query: str) -> tuple[set[str], set[str]]:
        html = read(client, address(customer, f"?{query}"), hx_target="grid")
        assert "<html" not in html
        return set(re.findall(r"users/[0-9a-f-]{36}/\">([^<]+)</a>", html)), set(
            re.findall(r'company-name">([^<]+)<', html)
        )

    number = f"{firm.org_number[:3]} {firm.org_number[3:6]} {firm.org_number[6:]}"
    assert found("q=NORDMANN") == ({"Kari Nordmann"}, {"Fjord Varme AS", "Ås Bygg AS"})
    assert found(f"q={kari.email}&company=ås") == ({"Kari Nordmann"}, {"Ås Bygg AS"})
    assert found(f"company={number}")[1] == {"Fjord Varme AS"}
    assert found("q=%25") == (set(), set())
    assert found("q=zz&company=zz") == (set(), set())


def test_both_sides_are_paged_and_keep_the_searches(customer: Customer, firm: Company, ada: User) -> None:
    for number in range(24):
        make_user(company=firm, roles=(Role.VIEWER,), name=f"Bruker {number:02}")
        if number < 5:
            make_company(customer=customer, name=f"Firma {number}")
    client = signed_in_as(ada)
    first = read(client, address(customer, "?q=bruker"))
    assert ("Bruker 00" in first, "Bruker 20" in first) == (True, False)
    assert "?q=bruker&amp;page=2" in first
    assert "?q=bruker&amp;companies_page=2" in first
    second = read(client, address(customer, "?q=bruker&page=2&companies_page=2"))
    assert ("Bruker 20" in second, "Bruker 19" in second, 'company-name">Firma 4' in second) == (True, False, True)


def test_somebody_invited_stands_in_the_grid_before_he_accepts(customer: Customer, firm: Company, ada: User) -> None:
    new = {"email": "ny@fjord.example", "first_name": "Ny", "last_name": "Bruker", "language": "en"}
    answer = signed_in_as(ada).post(address(customer, "invite/"), new, follow=True)
    html = answer.content.decode()
    assert "ny@fjord.example er invitert" in html
    assert "Ny Bruker" in html
    again = signed_in_as(ada).post(address(customer, "invite/"), new)
    assert again.status_code == 422
    assert "er blant brukerne allerede" in again.content.decode()


def test_what_is_missing_in_an_invitation_is_named(customer: Customer, ada: User) -> None:
    answer = signed_in_as(ada).post(address(customer, "invite/"), {"email": "kåre@fjord.example", "language": "nb"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert html.count('class="fault"') == 2


def test_a_user_with_a_markup_name_is_text(customer: Customer, firm: Company, ada: User) -> None:
    invited(customer, ada, name="<img src=x onerror=alert(1)>")
    assert "<img" not in read(signed_in_as(ada), address(customer))


def test_a_persons_page_lists_his_rights_and_leads_on(
    customer: Customer, firm: Company, sister: Company, ada: User, bo: User, kari: User
) -> None:
    grant_role(user=kari, company=sister, role=Role.APPROVER, actor=SETUP)
    member = member_of(kari, customer)
    client = signed_in_as(ada)
    html = read(client, address(customer, f"{member.pk}/"))
    assert html.index("Fjord Varme AS") < html.index("Ås Bygg AS")
    assert "Godkjenner" in html

    answer = client.post(address(customer, f"{member.pk}/administrator/make/"), follow=True)

    assert "blir kundeadministrator" in answer.content.decode()
    assert "Venter på bekreftelse" in answer.content.decode()


def test_a_leaver_is_shown_what_stops_and_then_gone(customer: Customer, firm: Company, ada: User, kari: User) -> None:
    member = member_of(kari, customer)
    client = signed_in_as(ada)
    assert "Avslutt alt nå" in read(client, address(customer, f"{member.pk}/leave/"))
    answer = client.post(address(customer, f"{member.pk}/leave/"), follow=True)
    assert "er ikke lenger blant brukerne" in answer.content.decode()
    assert client.post(address(customer, f"{member.pk}/leave/")).status_code == 404


def test_the_last_administrator_cannot_leave(customer: Customer, ada: User) -> None:
    member = member_of(ada, customer)
    client = signed_in_as(ada)
    html = read(client, address(customer, f"{member.pk}/leave/"))
    assert "Den siste administratoren kan ikke slutte" in html
    assert "Avslutt alt nå" not in html
    answer = client.post(address(customer, f"{member.pk}/leave/"), follow=True)
    assert "dette er den siste" in answer.content.decode()

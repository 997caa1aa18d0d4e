import re
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from companies.models import Company, Role, User
from companies.services import grant_role
from tests.companies.builders import SETUP, make_company, make_operator, make_user


def page(client: Client, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_companys_name_stands_under_the_users(signed_in: Client, company: Company) -> None:
    html = page(signed_in, f"/c/{company.pk}/")

    assert 0 < html.index("Kari Nordmann") < html.index('<span class="company-name">Fjord Varme AS</span>')


def test_the_page_of_another_customers_company_is_not_found_and_names_nothing(signed_in: Client) -> None:
    other = make_company(name="Hemmelig Fangst AS")

    answer = signed_in.get(f"/c/{other.pk}/")

    assert answer.status_code == 404
    assert "Hemmelig" not in answer.content.decode()


def test_another_customers_company_and_one_that_never_was_read_alike(signed_in: Client) -> None:
    other, never = make_company().pk, uuid4()

    def told(company_id: object) -> str:
        html = signed_in.get(f"/c/{company_id}/").content.decode().replace(str(company_id), "ID")
        return re.sub(r'csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"|\d\d:\d\d', "", html)

    assert told(other) == told(never)


def test_a_page_without_sign_in_leads_to_it(client: Client, company: Company) -> None:
    answer = client.get(f"/c/{company.pk}/")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/login/?next=/c/")


def test_the_start_leads_to_the_only_company(signed_in: Client, company: Company) -> None:
    assert signed_in.get("/").headers["Location"] == f"/c/{company.pk}/"


def test_the_start_leads_to_the_company_looked_at_last(signed_in: Client, kari: User, company: Company) -> None:
    second = make_company(customer=company.customer, name="Ås Bygg AS")
    grant_role(user=kari, company=second, role=Role.VIEWER, actor=SETUP)
    assert signed_in.get("/").headers["Location"] == "/companies/"

    signed_in.get(f"/c/{second.pk}/")

    assert signed_in.get("/").headers["Location"] == f"/c/{second.pk}/"


def test_a_role_that_was_taken_away_ends_the_way_back(signed_in: Client, kari: User, company: Company) -> None:
    signed_in.get(f"/c/{company.pk}/")
    kari.role_grants.all().delete()

    assert signed_in.get("/").headers["Location"] == "/companies/"


def test_the_switcher_lists_only_companies_that_one_may_see_in_norwegian_order(
    client: Client, company: Company
) -> None:
    kari = make_user(company=company, roles=(Role.VIEWER,))
    for name in ("Ås Bygg AS", "Zink AS", "Ærfugl AS"):
        mine = make_company(customer=company.customer, name=name)
        grant_role(user=kari, company=mine, role=Role.VIEWER, actor=SETUP)
    make_company(name="Hemmelig Fangst AS")
    client.force_login(kari)

    html = page(client, "/companies/")

    assert re.findall(r'class="grow">([^<]+)<', html) == ["Fjord Varme AS", "Zink AS", "Ærfugl AS", "Ås Bygg AS"]


def test_the_switcher_finds_by_part_of_the_name_and_by_grouped_number(signed_in: Client, company: Company) -> None:
    number = company.org_number
    grouped = f"{number[:3]} {number[3:6]}"

    for text, found in (("varme", True), (grouped, True), ("fangst", False), ("%", False)):
        html = page(signed_in, f"/companies/?q={text}".replace("%", "%25"), hx_target="companies-found")
        assert ("Fjord Varme AS" in html) is found, text
        assert "<html" not in html


def test_switching_keeps_the_page(signed_in: Client, company: Company) -> None:
    html = page(signed_in, "/companies/?page=company_overview")
    nonsense = page(signed_in, "/companies/?page=account_login")

    assert f'href="/c/{company.pk}/"' in html
    assert f'href="/c/{company.pk}/"' in nonsense


def test_the_same_company_has_the_same_colour_wherever_it_is_shown(signed_in: Client, company: Company) -> None:
    bar = re.search(r'class="bar" data-hue="(\d+)"', page(signed_in, f"/c/{company.pk}/"))
    found = re.search(r'class="swatch" data-hue="(\d+)"></span><span class="grow">', page(signed_in, "/companies/"))

    assert bar
    assert found
    assert bar[1] == found[1]


def test_a_page_without_a_company_has_no_companys_line(signed_in: Client) -> None:
    assert 'class="bar" data-hue' not in page(signed_in, "/companies/")


def test_every_page_in_the_sandbox_says_that_the_bank_is_simulated(signed_in: Client, company: Company) -> None:
    for address in (f"/c/{company.pk}/", "/companies/", "/account/logout/"):
        assert "Simulert bank" in page(signed_in, address)


def test_in_production_there_is_neither_strip_nor_clock(
    signed_in: Client, company: Company, settings: Settings
) -> None:
    settings.SANDBOX = False

    html = page(signed_in, f"/c/{company.pk}/")

    assert "Simulert bank" not in html
    assert "sandbox/clock" not in html


def test_a_company_name_is_text_and_never_markup(client: Client, db: None) -> None:
    company = make_company(name='<img src=x onerror="alert(1)"> AS')
    client.force_login(make_user(company=company, roles=(Role.VIEWER,)))

    assert "<img" not in page(client, f"/c/{company.pk}/")


def test_an_operator_sees_every_company_and_the_central_menu_is_his_alone(client: Client, company: Company) -> None:
    client.force_login(make_operator())
    assert "Fjord Varme AS" in page(client, f"/c/{company.pk}/")

    client.force_login(make_user(company=company, roles=(Role.VIEWER,)))
    assert "/central/" not in page(client, f"/c/{company.pk}/")


def test_a_page_costs_the_same_queries_however_many_companies_there_are(
    signed_in: Client, kari: User, company: Company
) -> None:
    def queries(address: str) -> int:
        page(signed_in, address)
        with CaptureQueriesContext(connection) as captured:
            page(signed_in, address)
        return len(captured)

    addresses = (f"/c/{company.pk}/", "/companies/")
    with_one = [queries(address) for address in addresses]
    for _ in range(60):
        mine = make_company(customer=company.customer)
        grant_role(user=kari, company=mine, role=Role.VIEWER, actor=SETUP)

    assert [queries(address) for address in addresses] == with_one
    assert max(with_one) <= 26
    html = page(signed_in, "/companies/")
    assert html.count('class="grow"') == 50
    assert "Det er flere" in html

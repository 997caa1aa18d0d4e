import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from autopay_portal.core.errors import ConflictError
from autopay_portal.urls import urlpatterns as portal
from companies.errors import UserLacksRoleError


def lacking(request: HttpRequest) -> HttpResponse:
    raise UserLacksRoleError()


def denied(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def conflicting(request: HttpRequest) -> HttpResponse:
    raise ConflictError("clock_not_backwards", headers={"Retry-After": "3"})


def failing(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("canary-of-the-inside")


urlpatterns = [
    *portal,
    path("lacking/", lacking),
    path("denied/", denied),
    path("conflicting/", conflicting),
    path("failing/", failing),
]


@pytest.fixture
def pages(signed_in: Client) -> Client:
    signed_in.raise_request_exception = False
    return signed_in


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/lacking/", 403, "Du har ikke tilgang til dette"),
        ("/denied/", 403, "Du har ikke tilgang til dette"),
        ("/conflicting/", 409, "går aldri tilbake"),
        ("/nowhere/", 404, "Her er det ingenting"),
        ("/failing/", 500, "aldri halvveis"),
    ],
)
def test_a_page_that_is_refused_says_what_happened(pages: Client, address: str, status: int, said: str) -> None:
    answer = pages.get(address)

    assert answer.status_code == status
    assert said in answer.content.decode()
    assert "canary-of-the-inside" not in answer.content.decode()


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", ["/lacking/", "/conflicting/", "/nowhere/", "/failing/"])
def test_it_is_said_in_english_too(pages: Client, address: str) -> None:
    pages.cookies["django_language"] = "en"

    html = pages.get(address).content.decode()

    assert '<html lang="en"' in html
    assert "To the start page" in html


@pytest.mark.urls(__name__)
def test_a_refusals_headers_are_kept(pages: Client) -> None:
    assert pages.get("/conflicting/").headers["Retry-After"] == "3"


@pytest.mark.django_db
def test_who_is_not_signed_in_gets_the_page_too(client: Client) -> None:
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "Logg inn" in answer.content.decode()

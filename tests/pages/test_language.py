import pytest
from django.conf import settings
from django.test import Client

from companies.models import Language, User


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "nb"),
        ("no", "nb"),
        ("nn-NO,nn;q=0.9,en;q=0.8", "nb"),
        ("nb-NO", "nb"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,en;q=0.5", "en"),
        ("fr", "nb"),
        ("en;q=0.3,no;q=0.9", "nb"),
        (",;q=x,\x00", "nb"),
    ],
)
@pytest.mark.django_db
def test_a_page_speaks_the_first_of_the_browsers_languages_that_we_have(
    client: Client, accepted: str, language: str
) -> None:
    answer = client.get("/account/login/", headers={"accept-language": accepted})

    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.django_db
def test_what_the_reader_chose_beats_his_browser(client: Client) -> None:
    client.post("/preferences/", {"language": "en", "next": "/account/login/"})

    answer = client.get("/account/login/", headers={"accept-language": "nb"})

    assert answer.headers["Content-Language"] == "en"


def test_the_accounts_language_beats_the_browser(client: Client, kari: User) -> None:
    User.objects.filter(pk=kari.pk).update(language=Language.EN)
    client.force_login(kari)

    answer = client.get("/companies/", headers={"accept-language": "nb"})

    assert answer.headers["Content-Language"] == "en"


@pytest.mark.django_db
def test_a_language_we_have_not_is_not_kept(client: Client) -> None:
    answer = client.post("/preferences/", {"language": "../../x", "theme": "pink", "next": "/"})

    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies
    assert "theme" not in answer.cookies


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
@pytest.mark.django_db
def test_preferences_never_lead_away_from_the_portal(client: Client, next_page: str) -> None:
    answer = client.post("/preferences/", {"language": "nb", "next": next_page})

    assert answer.headers["Location"] == "/"


@pytest.mark.django_db
def test_every_answer_carries_the_policy(client: Client) -> None:
    policy = client.get("/account/login/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy

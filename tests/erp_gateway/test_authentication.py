"""A signed call that is replayed, late, altered, from another's key or by a stranger gets the right 401."""

import time

import pytest
from django.db import connection

from companies.models import Role
from companies.services import revoke_all_signing_keys
from erp_gateway.models import Nonce
from erp_gateway.services import purge_nonces
from tests.companies.builders import SETUP, make_operator, make_user

from .builders import API, Erp, digest_of, make_erp

pytestmark = pytest.mark.django_db
CHECK = f"{API}/setup-check"


@pytest.fixture
def erp() -> Erp:
    """Return an ERP with the role file transfer."""
    return make_erp()


def code_of(answer: object) -> tuple[int, str]:
    """Return status and problem code."""
    assert answer["Content-Type"] == "application/problem+json"  # type: ignore[index]
    return answer.status_code, answer.json()["code"]  # type: ignore[attr-defined]


def test_a_signed_call_is_let_in(erp: Erp) -> None:
    assert erp.get("setup-check").status_code == 200


def test_a_call_without_a_signature_is_not(erp: Erp) -> None:
    answer = erp.send("GET", CHECK, None, {})

    assert code_of(answer) == (401, "signature_missing")
    assert answer["WWW-Authenticate"] == "Signature"


def test_a_signature_passes_once(erp: Erp) -> None:
    headers = erp.sign("GET", CHECK, None)

    assert erp.send("GET", CHECK, None, headers).status_code == 200
    assert code_of(erp.send("GET", CHECK, None, headers)) == (401, "signature_replayed")


def test_a_nonce_is_used_up_though_the_call_fails(erp: Erp) -> None:
    headers = erp.sign("GET", f"{API}/agreements/nothing", None)

    assert erp.send("GET", f"{API}/agreements/nothing", None, headers).status_code == 404
    assert code_of(erp.send("GET", f"{API}/agreements/nothing", None, headers)) == (401, "signature_replayed")


def test_the_same_nonce_under_another_key_is_another_nonce(erp: Erp) -> None:
    other = make_erp()
    for each in (erp, other):
        answer = each.send("GET", CHECK, None, each.sign("GET", CHECK, None, nonce="n-0000001"))
        assert answer.status_code == 200


@pytest.mark.parametrize("nonce", ["short", "n" * 65])
def test_a_nonce_has_8_to_64_characters(erp: Erp, nonce: str) -> None:
    assert code_of(erp.send("GET", CHECK, None, erp.sign("GET", CHECK, None, nonce=nonce))) == (
        401,
        "signature_invalid",
    )
    assert not Nonce.objects.exists()


def test_a_forged_signature_uses_up_no_nonce(erp: Erp) -> None:
    answer = erp.send("GET", CHECK, None, erp.sign("GET", CHECK, None, secret="guessed"))

    assert code_of(answer) == (401, "signature_invalid")
    assert not Nonce.objects.exists()


@pytest.mark.parametrize("seconds", [-310, 310])
def test_a_late_or_early_signature_is_expired(erp: Erp, seconds: int) -> None:
    headers = erp.sign("GET", CHECK, None, created=int(time.time()) + seconds)

    assert code_of(erp.send("GET", CHECK, None, headers)) == (401, "signature_expired")


def test_an_unknown_key_is_named_so(erp: Erp) -> None:
    for key_id in ("key-1", "019ab000-0000-7000-8000-000000000000"):
        headers = erp.sign("GET", CHECK, None, key_id=key_id)
        assert code_of(erp.send("GET", CHECK, None, headers)) == (401, "key_unknown")


def test_a_revoked_key_is_named_so(erp: Erp) -> None:
    revoke_all_signing_keys(company_id=erp.company.pk, actor=SETUP)

    assert code_of(erp.get("setup-check")) == (401, "key_revoked")


def test_another_companys_key_id_with_ones_own_secret_is_forged(erp: Erp) -> None:
    headers = erp.sign("GET", CHECK, None, key_id=str(make_erp().key.key_id))

    assert code_of(erp.send("GET", CHECK, None, headers)) == (401, "signature_invalid")


def test_a_user_outside_the_company_is_unknown_whoever_he_is(erp: Erp) -> None:
    strangers = ["nobody@fjord.example", make_erp().user.email, make_operator().email, make_user().email]

    for email in strangers:
        headers = erp.sign("GET", CHECK, None, user=email)
        assert code_of(erp.send("GET", CHECK, None, headers)) == (401, "user_unknown")


def test_letter_case_of_the_user_is_ignored(erp: Erp) -> None:
    headers = erp.sign("GET", CHECK, None, user=erp.user.email.upper())

    assert erp.send("GET", CHECK, None, headers).status_code == 200


def test_a_body_that_is_not_the_signed_one_is_refused(erp: Erp) -> None:
    headers = erp.sign("POST", f"{API}/messages/ack", b'{"up_to": 0}')

    assert code_of(erp.send("POST", f"{API}/messages/ack", b'{"up_to": 9}', headers)) == (401, "digest_mismatch")


def test_a_body_without_a_signed_digest_is_refused(erp: Erp) -> None:
    headers = erp.sign("POST", f"{API}/messages/ack", None)

    assert code_of(erp.send("POST", f"{API}/messages/ack", b"{}", headers)) == (401, "signature_invalid")
    headers = {**erp.sign("POST", f"{API}/messages/ack", None), "Content-Digest": digest_of(b"{}")}
    assert code_of(erp.send("POST", f"{API}/messages/ack", b"{}", headers)) == (401, "signature_invalid")


def test_an_altered_query_or_path_is_refused(erp: Erp) -> None:
    headers = erp.sign("GET", f"{API}/messages?after=1", None)

    assert code_of(erp.send("GET", f"{API}/messages?after=0", None, headers)) == (401, "signature_invalid")
    assert code_of(erp.send("GET", f"{API}/agreements?after=1", None, headers)) == (401, "signature_invalid")


def test_the_host_that_a_proxy_names_is_not_believed(erp: Erp) -> None:
    headers = {**erp.sign("GET", CHECK, None, origin="http://evil.example"), "X-Forwarded-Host": "evil.example"}

    assert code_of(erp.send("GET", CHECK, None, headers)) == (401, "signature_invalid")


def test_errors_come_in_both_languages(erp: Erp) -> None:
    problem = erp.send("GET", CHECK, None, {"Accept-Language": "en"}).json()

    assert problem["detail"] == problem["detail_en"]
    assert problem["status"] == 401


def test_a_role_that_is_missing_is_403(erp: Erp) -> None:
    viewer = make_erp(Role.VIEWER, company=erp.company)

    assert code_of(viewer.post("messages/ack", {"up_to": 0})) == (403, "user_lacks_role")
    assert code_of(viewer.get("messages")) == (403, "user_lacks_role")


def test_nonces_are_thrown_away_only_when_no_signature_could_pass_with_them(erp: Erp) -> None:
    erp.get("setup-check")
    kept = Nonce.objects.get()
    assert purge_nonces() == 0

    with connection.cursor() as cursor:
        cursor.execute("UPDATE erp_gateway_nonce SET keep_until_at = now() - interval '1 second'")

    assert (kept.keep_until_at.timestamp() - time.time()) == pytest.approx(600, abs=5)
    assert purge_nonces() == 1


def test_the_key_shows_when_it_was_used(erp: Erp) -> None:
    erp.get("setup-check")

    assert erp.company.signing_keys.get().last_used_at is not None

"""Signing keys: made by us, at most two live, shown to administrators, encrypted at rest."""

import base64
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, NotFoundError
from autopay_portal.core.secrets import UnableToDecryptError
from companies.actors import Actor
from companies.errors import SigningKeyError
from companies.models import AuditEvent, ErpUser, Role, SigningKey
from companies.queries import live_signing_keys
from companies.services import (
    create_signing_key,
    get_live_signing_key,
    note_key_used,
    reveal_signing_key,
    revoke_all_signing_keys,
    revoke_signing_key,
)
from tests.companies.builders import SETUP, make_company, make_user

pytestmark = pytest.mark.django_db


def test_a_key_has_256_bits_and_signs_with_the_bytes_of_its_text() -> None:
    company = make_company()
    made = create_signing_key(company_id=company.pk, actor=SETUP)
    assert len(base64.urlsafe_b64decode(made.secret + "=")) == 32
    live = get_live_signing_key(key_id=str(made.key_id))
    assert (live.company_id, live.hmac_key) == (company.pk, made.secret.encode())


def test_the_secret_stands_neither_in_the_row_nor_in_what_prints_nor_in_the_audit() -> None:
    made = create_signing_key(company_id=make_company().pk, actor=SETUP)
    row = SigningKey.objects.get(pk=made.key_id)
    assert made.secret.encode() not in bytes(row.secret_encrypted)
    live = get_live_signing_key(key_id=made.key_id)
    assert made.secret not in f"{made!r} {live!r} {row!r}"
    assert made.secret not in str(list(AuditEvent.objects.values()))


def test_a_secret_moved_to_another_row_does_not_decrypt() -> None:
    company = make_company()
    first = create_signing_key(company_id=company.pk, actor=SETUP)
    second = create_signing_key(company_id=company.pk, actor=SETUP)
    stolen = SigningKey.objects.get(pk=first.key_id).secret_encrypted
    SigningKey.objects.filter(pk=second.key_id).update(secret_encrypted=stolen)
    with pytest.raises(UnableToDecryptError):
        get_live_signing_key(key_id=second.key_id)


def test_two_keys_overlap_and_a_third_waits_until_one_is_revoked() -> None:
    company = make_company()
    old = create_signing_key(company_id=company.pk, actor=SETUP)
    new = create_signing_key(company_id=company.pk, actor=SETUP)
    assert get_live_signing_key(key_id=old.key_id).secret != get_live_signing_key(key_id=new.key_id).secret
    with pytest.raises(ConflictError) as refusal:
        create_signing_key(company_id=company.pk, actor=SETUP)
    assert refusal.value.code == "two_keys_live"
    revoke_signing_key(company_id=company.pk, key_id=old.key_id, actor=SETUP)
    create_signing_key(company_id=company.pk, actor=SETUP)
    assert len(live_signing_keys(company_id=company.pk)) == 2


def test_the_database_refuses_a_third_live_key() -> None:
    company = make_company()
    for _ in range(2):
        create_signing_key(company_id=company.pk, actor=SETUP)
    with pytest.raises(IntegrityError):
        SigningKey.objects.create(company=company, slot=1, secret_encrypted=b"x")


def test_a_revoked_and_an_unknown_key_are_told_apart() -> None:
    company = make_company()
    made = create_signing_key(company_id=company.pk, actor=SETUP)
    revoke_signing_key(company_id=company.pk, key_id=made.key_id, actor=SETUP)
    for key_id, code in ((made.key_id, "key_revoked"), (uuid4(), "key_unknown"), ("key-1", "key_unknown")):
        with pytest.raises(SigningKeyError) as refusal:
            get_live_signing_key(key_id=key_id)
        assert (refusal.value.code, refusal.value.http_status) == (code, 401)


def test_revoke_now_ends_both_keys() -> None:
    company = make_company()
    made = [create_signing_key(company_id=company.pk, actor=SETUP) for _ in range(2)]
    assert revoke_all_signing_keys(company_id=company.pk, actor=SETUP) == 2
    for key in made:
        with pytest.raises(SigningKeyError):
            get_live_signing_key(key_id=key.key_id)


def test_another_companys_key_can_be_neither_shown_nor_revoked() -> None:
    made = create_signing_key(company_id=make_company().pk, actor=SETUP)
    stranger = make_company()
    with pytest.raises(NotFoundError):
        reveal_signing_key(company_id=stranger.pk, key_id=made.key_id, actor=SETUP)
    with pytest.raises(NotFoundError):
        revoke_signing_key(company_id=stranger.pk, key_id=made.key_id, actor=SETUP)
    assert get_live_signing_key(key_id=made.key_id)


def test_showing_a_key_gives_the_secret_and_leaves_a_trace() -> None:
    company = make_company()
    user = make_user(company=company, roles=(Role.AUTOPAY_ADMINISTRATOR,))
    made = create_signing_key(company_id=company.pk, actor=SETUP)
    assert reveal_signing_key(company_id=company.pk, key_id=made.key_id, actor=Actor.user(user)) == made.secret
    event = AuditEvent.objects.get(action="signing_key.shown")
    assert (event.actor_user_id, event.subject_id) == (user.pk, str(made.key_id))


def test_use_is_noted_at_most_once_a_minute() -> None:
    company = make_company()
    user = make_user(company=company, roles=(Role.FILE_TRANSFER,))
    made = create_signing_key(company_id=company.pk, actor=SETUP)
    for _ in range(2):
        note_key_used(key=get_live_signing_key(key_id=made.key_id), user_id=user.pk)
    first = SigningKey.objects.get(pk=made.key_id).last_used_at
    used = ErpUser.objects.get(company=company, user=user)
    assert first is not None
    assert used.first_used_at == used.last_used_at == first
    earlier = machine_now() - timedelta(minutes=2)
    SigningKey.objects.update(last_used_at=earlier)
    ErpUser.objects.update(first_used_at=earlier, last_used_at=earlier)
    note_key_used(key=get_live_signing_key(key_id=made.key_id), user_id=user.pk)
    used.refresh_from_db()
    assert used.first_used_at == earlier
    assert used.last_used_at > first
    assert live_signing_keys(company_id=company.pk)[0].last_used_at == used.last_used_at

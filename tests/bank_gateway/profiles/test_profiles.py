import dataclasses
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bank_gateway.profiles import (
    BankProfile,
    DuplicateControl,
    DuplicateKind,
    NonBankDayRule,
    OrganisationId,
    PaymentKind,
    bank_ids,
    get_profile,
)

MESSAGE_PAIRS = {"03": ("03", "02"), "09": ("10", "08")}


OSLO = ZoneInfo("Europe/Oslo")


def test_each_bank_is_known_by_its_id() -> None:
    found = {bank: get_profile(bank).bic for bank in bank_ids()}

    assert found == {"dnb": "DNBANOKK", "nordea": "NDEANOKK", "sparebank1": "SPRONO22"}
    assert all(get_profile(bank).bank_id == bank for bank in bank_ids())


def test_no_two_banks_have_the_same_bic_or_are_called_the_same() -> None:
    profiles = [get_profile(bank) for bank in bank_ids()]

    for names in zip(*((each.bic, each.name, each.short_name) for each in profiles), strict=True):
        assert len(set(names)) == len(profiles)


def test_an_unknown_bank_has_no_profile() -> None:
    with pytest.raises(KeyError):
        get_profile("nobank")


@pytest.fixture(params=bank_ids())
def profile(request: pytest.FixtureRequest) -> BankProfile:
    return get_profile(request.param)


def test_a_profile_cannot_be_changed(profile: BankProfile) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        profile.bic = "OTHERXXX"  # type: ignore[misc]


def test_answers_are_the_pair_of_the_order(profile: BankProfile) -> None:
    assert MESSAGE_PAIRS[profile.pain001_version] == (profile.pain002_version, profile.camt054_version)


def test_every_kind_has_cut_offs_in_the_order_of_the_day(profile: BankProfile) -> None:
    for kind in PaymentKind:
        executions = profile.cut_off(kind).executions
        assert list(executions) == sorted(set(executions))
        assert profile.cut_off(kind).last == executions[-1]


def test_suppliers_are_paid_after_a_day_off(profile: BankProfile) -> None:
    assert profile.day_rule("supplier") is NonBankDayRule.NEXT
    assert profile.day_rule("anything else") is NonBankDayRule.NEXT


def test_the_day_rules_are_for_categories_that_there_are(profile: BankProfile) -> None:
    assert sorted(category for category, _ in profile.non_bank_day) == [
        "intercompany", "pension", "salary", "supplier", "tax",
    ]  # fmt: skip


def test_a_customer_is_always_named_and_no_id_twice(profile: BankProfile) -> None:
    for ids in (profile.organisation_ids, profile.debtor_organisation_ids):
        assert OrganisationId.CUSTOMER in ids
        assert len(set(ids)) == len(ids)


def test_limits_are_there_and_fit_the_schema(profile: BankProfile) -> None:
    assert timedelta(0) < profile.answer_time <= timedelta(days=1)
    assert 0 < profile.names.creditor <= 140
    assert 0 < profile.names.debtor <= 140
    assert (profile.text.line_length, profile.days_past, profile.days_ahead) == (140, 30, 365)
    assert profile.text.lines > 0
    assert profile.text.documents > 0


SENT = datetime(2026, 11, 24, 12, 0, tzinfo=OSLO)


@pytest.mark.parametrize("kind", [kind for kind in DuplicateKind if kind is not DuplicateKind.NONE])
def test_a_copy_may_go_by_itself_only_within_the_window_of_a_control_on_message_id(kind: DuplicateKind) -> None:
    control = DuplicateControl(kind, timedelta(days=90))

    assert control.allows_resend(first_sent=SENT, now=SENT + timedelta(days=90) - timedelta(seconds=1))
    assert not control.allows_resend(first_sent=SENT, now=SENT + timedelta(days=90))


@pytest.mark.parametrize(
    "control",
    [
        DuplicateControl(DuplicateKind.NONE, None),
        DuplicateControl(DuplicateKind.NONE, timedelta(days=90)),
        DuplicateControl(DuplicateKind.MESSAGE_ID, None),
    ],
)
def test_no_copy_goes_by_itself_without_a_control_or_without_a_stated_window(control: DuplicateControl) -> None:
    assert not control.allows_resend(first_sent=SENT, now=SENT)


def test_only_sparebank1_would_pay_a_copy_again() -> None:
    allowed = {
        bank: get_profile(bank).duplicate_control.allows_resend(first_sent=SENT, now=SENT) for bank in bank_ids()
    }

    assert allowed == {"dnb": True, "nordea": True, "sparebank1": False}


def test_allowed_characters_exist_in_the_banks_encoding_and_print(profile: BankProfile) -> None:
    for character in profile.allowed_characters:
        character.encode(profile.character_encoding)
        assert character.isprintable() or character == "\N{NO-BREAK SPACE}"
    assert set("æøåÆØÅäöüé&<>'\"").issubset(profile.allowed_characters)
    assert not {"\t", "\n", "\x7f", "–", "€"} & profile.allowed_characters


def test_files_are_named_after_our_message_id(profile: BankProfile) -> None:
    assert profile.file_name.format(bank_message_id="AB12").endswith("AB12.xml")

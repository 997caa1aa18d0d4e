import dataclasses

import pytest

from bank_gateway.profiles import BankProfile, NonBankDayRule, PaymentKind, bank_ids, get_profile

MESSAGE_PAIRS = {"03": ("03", "02"), "09": ("10", "08")}


def test_dnb_is_known_by_its_id() -> None:
    assert get_profile("dnb").bic == "DNBANOKK"


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


def test_suppliers_are_paid_after_and_salaries_before_a_day_off(profile: BankProfile) -> None:
    assert profile.day_rule("supplier") is NonBankDayRule.NEXT
    assert profile.day_rule("salary") is NonBankDayRule.PREVIOUS
    assert profile.day_rule("anything else") is NonBankDayRule.NEXT


def test_allowed_characters_exist_in_the_banks_encoding_and_print(profile: BankProfile) -> None:
    for character in profile.allowed_characters:
        character.encode(profile.character_encoding)
        assert character.isprintable() or character == "\N{NO-BREAK SPACE}"
    assert set("æøåÆØÅäöüé&<>'\"").issubset(profile.allowed_characters)
    assert not {"\t", "\n", "\x7f", "–", "€"} & profile.allowed_characters


def test_files_are_named_after_our_message_id(profile: BankProfile) -> None:
    assert profile.file_name.format(bank_message_id="AB12").endswith("AB12.xml")

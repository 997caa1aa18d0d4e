"""How the command is written, who it takes itself for, and what it says when neither is clear."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest
from autopay_client.cli.texts import language_of

from .builders import CLIENT, Autopay, Ran
from .fake_portal import Answer, FakePortal

FINE = Answer(200, {"ok": True, "checks": [{"name": "signature", "ok": True, "detail": "Fine."}]})


def sandbox(var: Path, portal: str) -> None:
    """Write a sandbox's description of two companies."""
    companies = [
        {
            "org_number": number,
            "name": name,
            "erp_user": f"erp@{number}.example",
            "signing_key": {"id": number, "secret": "s"},
        }
        for number, name in (("310045128", "Strandgata Bakeri AS"), ("311172840", "Nordlys Elektro AS"))
    ]
    var.mkdir(parents=True, exist_ok=True)
    (var / "sandbox.json").write_text(json.dumps({"portal": portal, "companies": companies}))


def test_options_for_all_commands_stand_before_or_after_the_command(autopay: Autopay) -> None:
    with FakePortal(FINE) as portal:
        autopay.write_profile(portal=portal.origin)
        before = autopay.run("--profile", "test", "--lang", "nb", "setup-check", profile="")
        after = autopay.run("setup-check", "--profile", "test", "--lang", "nb", profile="")

    assert (before.code, after.code) == (0, 0)
    assert before.out == after.out
    assert "Alt er på plass." in before.out


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["send"],
        ["fetch"],
        ["launch"],
        ["status"],
        ["messages", "--after", "x"],
        ["setup-check", "--lang", "sv"],
        ["--sandbox", "setup-check"],
        ["send", "order.xml", "--follow"],
    ],
)
def test_wrong_usage_is_said_and_ends_with_2(autopay: Autopay, words: list[str]) -> None:
    ran = autopay.run(*words)

    assert (ran.code, ran.out) == (2, "")
    assert "usage: autopay" in ran.err
    assert "Wrong usage: " in ran.err


def test_the_connector_says_that_it_isnt_built(autopay: Autopay) -> None:
    assert autopay.run("connector", "run") == Ran(2, "", "`autopay connector` is not built yet.\n")


def test_help_is_in_the_language_that_was_asked_for(autopay: Autopay) -> None:
    nb, en = (autopay.run("--help", "--lang", language, profile="") for language in ("nb", "en"))

    assert (nb.code, en.code) == (0, 0)
    assert "Send en remittering" in nb.out
    assert "Send a remittance" in en.out


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "nb"),
        ({"LANG": "C.UTF-8"}, "nb"),
        ({"LANG": "nb_NO.UTF-8"}, "nb"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "nb_NO.UTF-8"}, "nb"),
    ],
)
def test_the_language_follows_the_shell_and_is_norwegian_otherwise(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_the_texts_of_the_server_are_asked_for_in_the_same_language(autopay: Autopay) -> None:
    with FakePortal(FINE) as portal:
        autopay.write_profile(portal=portal.origin)
        autopay.run("setup-check", "--lang", "nb")

    assert portal.asked[0].headers["Accept-Language"] == "nb"


def test_without_a_profile_it_says_what_to_do(autopay: Autopay) -> None:
    ran = autopay.run("setup-check", profile="")
    named = autopay.run("setup-check", profile="office")

    assert (ran.code, named.code) == (2, 2)
    assert "--sandbox" in ran.err
    assert ".config/autopay/default.toml" in ran.err
    assert ".config/autopay/office.toml" in named.err


def test_the_profile_called_default_needs_no_naming(autopay: Autopay) -> None:
    with FakePortal(FINE) as portal:
        autopay.write_profile(portal=portal.origin, name="default")
        assert autopay.run("setup-check", profile="").code == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("portal = ", "can't be read"),
        ('portal = "http://localhost:1"\nuser = "u"\nkey_id = "k"\n', "lacks `secret`"),
        ('portal = "localhost:1"\nuser = "u"\nkey_id = "k"\nsecret = "hush"\n', "no valid portal address"),
        ("company = 7\n", "can't be read: company: [[company]]"),
        ("company = []\n", "There is no company"),
    ],
)
def test_a_profile_that_cannot_be_used_is_said_to_be_so(autopay: Autopay, content: str, words: str) -> None:
    autopay.write_profile(portal="")
    (autopay.home / ".config" / "autopay" / "test.toml").write_text(content)

    ran = autopay.run("setup-check")

    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert "hush" not in ran.err
    assert "Traceback" not in ran.err


def test_a_profiles_name_is_not_a_path(autopay: Autopay) -> None:
    assert "no name of a profile" in autopay.run("setup-check", profile="../../secret").err


def test_a_profile_that_others_can_read_is_pointed_out(autopay: Autopay) -> None:
    with FakePortal(FINE) as portal:
        autopay.write_profile(portal=portal.origin)
        path = autopay.home / ".config" / "autopay" / "test.toml"
        path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o040)
        ran = autopay.run("setup-check")

    assert ran.code == 0
    assert f"chmod 600 {path}" in ran.err


def test_one_of_several_companies_is_picked(autopay: Autopay) -> None:
    autopay.write_profile(portal="")
    path = autopay.home / ".config" / "autopay" / "test.toml"
    with FakePortal(FINE) as portal:
        path.write_text(
            f'portal = "{portal.origin}"\nuser = "kari@fjord.example"\n'
            '[[company]]\norg_number = "310045128"\nkey_id = "k-1"\nsecret = "s"\n'
            '[[company]]\norg_number = "311172840"\nkey_id = "k-2"\nsecret = "s"\nuser = "ola@fjord.example"\n'
        )
        picked = autopay.run("setup-check", "--company", "311 172 840")
        unclear = autopay.run("setup-check")
        unknown = autopay.run("setup-check", "--company", "999999999")

    assert (picked.code, unclear.code, unknown.code) == (0, 2, 2)
    assert 'keyid="k-2"' in portal.asked[0].headers["Signature-Input"]
    assert portal.asked[0].headers["AutoPay-User"] == "ola@fjord.example"
    assert "pick one with --company: 310045128, 311172840" in unclear.err
    assert "There is no company 999999999. Known: 310045128, 311172840" in unknown.err


def test_a_sandbox_is_found_by_its_variable_and_its_first_company_is_used(autopay: Autopay, tmp_path: Path) -> None:
    autopay.extra["AUTOPAY_VAR"] = str(tmp_path / "somewhere")
    with FakePortal(FINE) as portal:
        sandbox(tmp_path / "somewhere", portal.origin)
        first = autopay.run("--sandbox", "setup-check", profile="")
        second = autopay.run("--sandbox", "setup-check", "--company", "311172840", profile="")

    assert (first.code, second.code) == (0, 0)
    assert "Using Strandgata Bakeri AS (310045128)" in first.err
    assert second.err == ""
    assert portal.asked[1].headers["AutoPay-User"] == "erp@311172840.example"


def test_a_sandbox_is_found_below_the_folder_one_stands_in(
    autopay: Autopay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with FakePortal(FINE) as portal:
        sandbox(tmp_path / "var", portal.origin)
        assert autopay.run("--sandbox", "setup-check", profile="").code == 0


def test_a_sandbox_is_found_in_the_checkout_that_the_client_lies_in(
    autopay: Autopay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "check out"
    shutil.copytree(CLIENT, checkout / "erp_client", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    autopay.extra["PYTHONPATH"] = os.fspath(checkout / "erp_client")
    with FakePortal(FINE) as portal:
        sandbox(checkout / "var", portal.origin)
        assert autopay.run("--sandbox", "setup-check", profile="").code == 0


def test_without_a_sandbox_it_says_how_to_start_one(autopay: Autopay, tmp_path: Path) -> None:
    autopay.extra["AUTOPAY_VAR"] = str(tmp_path / "nothing")

    ran = autopay.run("--sandbox", "setup-check", profile="")

    assert ran.code == 2
    assert "make run" in ran.err


def test_a_sandbox_file_half_written_is_said_to_be_unreadable(autopay: Autopay, tmp_path: Path) -> None:
    autopay.extra["AUTOPAY_VAR"] = str(tmp_path)
    (tmp_path / "sandbox.json").write_text('{"portal": ')

    ran = autopay.run("--sandbox", "setup-check", profile="")

    assert ran.code == 2
    assert "can't be read" in ran.err

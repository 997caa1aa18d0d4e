"""Who calls which portal: read from a profile of the user's, or from a running sandbox's description.

A profile is `~/.config/autopay/NAME.toml`:

    portal = "https://autopay.example.no"
    user = "kari@fjord.example"
    org_number = "310045128"
    key_id = "..."
    secret = "..."

or, for several companies, `[[company]]` tables with `org_number`, `key_id`, `secret` and, where it differs, `user`.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .client import Client

DEFAULT_PROFILE = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ProfileError(Exception):
    """The profile can't be used. `code` names a text of the command's, `params` fills it."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Access:
    """One company's access: the portal, the key, the user. Its text doesn't show the secret."""

    portal: str
    org_number: str
    name: str
    user: str
    key_id: str
    secret: str = field(repr=False)
    # The other companies, where there were several and nobody picked one.
    others: str = ""

    def client(self, *, language: str) -> Client:
        """Return a client for this access."""
        return Client(portal=self.portal, key_id=self.key_id, secret=self.secret, user=self.user, language=language)


def profile_path(name: str | None) -> Path:
    """Return where a profile lies, `default` unless named."""
    return Path.home() / ".config" / "autopay" / f"{name or DEFAULT_PROFILE}.toml"


def profile_access(*, name: str | None, company: str | None) -> Access:
    """Return the access of a profile (`default` unless named), for one company of it. Raises ProfileError."""
    if name is not None and not _NAME.fullmatch(name):
        raise ProfileError("profile_name_invalid", name=name)
    path = profile_path(name)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProfileError("profile_missing" if name else "profile_needed", path=path) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError("profile_unreadable", path=path, reason=error) from None
    tables = content.get("company", [content])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ProfileError("profile_unreadable", path=path, reason="company: [[company]]")
    rows = [_with_defaults(table, content) for table in tables]
    found = _picked([_access_of(row, path) for row in rows], company)
    if found.others:
        raise ProfileError("company_needed", companies=f"{_label(found)}, {found.others}")
    return found


def sandbox_access(*, company: str | None, environment: Mapping[str, str] = os.environ) -> Access:
    """Return the access of one company of a running sandbox, the first unless picked. Raises ProfileError."""
    path = _description(environment)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = [row for row in content["companies"] if row["signing_key"] and row["erp_user"]]
        found = [_sandbox_access(content["portal"], row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProfileError("sandbox_unreadable", path=path, reason=error) from None
    return _picked(found, company)


def _description(environment: Mapping[str, str]) -> Path:
    """Return the sandbox's description: below AUTOPAY_VAR, else ./var, else the var of the checkout we lie in."""
    if var := environment.get("AUTOPAY_VAR"):
        places = [Path(var)]
    else:
        places = [Path("var"), Path(__file__).resolve().parents[2] / "var"]
    for place in places:
        if (place / "sandbox.json").is_file():
            return place / "sandbox.json"
    raise ProfileError("sandbox_missing", places=", ".join(str(place / "sandbox.json") for place in places))


def _sandbox_access(portal: str, row: Mapping[str, Any]) -> Access:
    return Access(
        portal=portal,
        org_number=row["org_number"],
        name=row["name"],
        user=row["erp_user"],
        key_id=row["signing_key"]["id"],
        secret=row["signing_key"]["secret"],
    )


def _with_defaults(row: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: value for name, value in content.items() if name != "company"}, **row}


def _access_of(row: Mapping[str, Any], path: Path) -> Access:
    for name in ("portal", "user", "key_id", "secret"):
        if not isinstance(row.get(name), str) or not row[name]:
            raise ProfileError("profile_lacks", path=path, name=name)
    return Access(
        portal=row["portal"],
        org_number=str(row.get("org_number", "")),
        name=str(row.get("name", "")),
        user=row["user"],
        key_id=row["key_id"],
        secret=row["secret"],
    )


def _picked(found: Sequence[Access], company: str | None) -> Access:
    """Return the company that was asked for, or the first, with the names of the others."""
    wanted = [access for access in found if company is None or access.org_number == company.replace(" ", "")]
    if not wanted:
        known = ", ".join(_label(access) for access in found)
        raise ProfileError("company_unknown", company=company or "", companies=known or "-")
    return replace(wanted[0], others=", ".join(_label(access) for access in wanted[1:]))


def _label(access: Access) -> str:
    return f"{access.org_number} {access.name}".strip()

"""Settings from the environment: typed, each `AUTOPAY_` name declared once, an unknown one stops the start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

KNOWN = frozenset(
    {
        "AUTOPAY_MODE",
        "AUTOPAY_PORT",
        "AUTOPAY_VAR",
        "AUTOPAY_PUBLIC_URL",
        "AUTOPAY_BANKS_URL",
        "AUTOPAY_SANDBOX_START",
        "AUTOPAY_SECRET_KEY",
        "AUTOPAY_KEY_RING",
        "AUTOPAY_COMPANY_LOOKUP",
        "AUTOPAY_INSTANCE",
        "AUTOPAY_LONG_POLLS_PER_COMPANY",
        "AUTOPAY_LONG_POLLS_TOTAL",
        "AUTOPAY_MAIL_FROM",
        "AUTOPAY_MAIL_SERVER",
        "AUTOPAY_MAX_UPLOAD_BYTES",
        "AUTOPAY_RELAY_LEASE",
        "AUTOPAY_RELAY_LONGEST_TRANSFER",
        "AUTOPAY_TEST",
    }
)
_SECRETS = frozenset({"AUTOPAY_SECRET_KEY", "AUTOPAY_KEY_RING", "AUTOPAY_MAIL_SERVER"})


_MAIL_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


class UnknownSettingError(Exception):
    """An `AUTOPAY_` variable that this version doesn't know: most likely misspelt."""


def read_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the declared settings that are set; secrets may come from the file that `NAME_FILE` names.

    Raises UnknownSettingError with the name of any other `AUTOPAY_` variable: a misspelt setting
    that is silently ignored is how a test bank ends up in production.
    """
    found: dict[str, str] = {}
    for name, value in environ.items():
        if not name.startswith("AUTOPAY_"):
            continue
        base = name.removesuffix("_FILE")
        if name in KNOWN:
            found[name] = value
        elif base in _SECRETS:
            found[base] = Path(value).read_text(encoding="utf-8").strip()
        else:
            raise UnknownSettingError(f"{name} is not a setting of AutoPay. Known: {', '.join(sorted(KNOWN))}")
    return found


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, and how the line to it is encrypted."""

    host: str
    port: int
    user: str
    password: str
    starttls: bool
    tls: bool


def read_mail_server(address: str) -> MailServer:
    """Return the mail server of `smtp://user:password@host:587`.

    `smtp` begins in the clear and demands STARTTLS, `smtps` is encrypted from the start, `smtp+plain` is neither and
    only for a server on the same machine or network. Raises ValueError for anything else.
    """
    parts = urlsplit(address)
    if parts.scheme not in _MAIL_PORTS or not parts.hostname:
        raise ValueError("AUTOPAY_MAIL_SERVER is smtp://, smtps:// or smtp+plain:// with a host")
    return MailServer(
        host=parts.hostname,
        port=parts.port or _MAIL_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp",
        tls=parts.scheme == "smtps",
    )

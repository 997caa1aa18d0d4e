"""Settings from the environment: typed, each `AUTOPAY_` name declared once, an unknown one stops the start."""

import os
from collections.abc import Mapping
from pathlib import Path

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
        "AUTOPAY_INSTANCE",
        "AUTOPAY_LONG_POLLS_PER_COMPANY",
        "AUTOPAY_LONG_POLLS_TOTAL",
        "AUTOPAY_MAX_UPLOAD_BYTES",
        "AUTOPAY_RELAY_LEASE",
        "AUTOPAY_RELAY_LONGEST_TRANSFER",
        "AUTOPAY_TEST",
    }
)
_SECRETS = frozenset({"AUTOPAY_SECRET_KEY", "AUTOPAY_KEY_RING"})


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

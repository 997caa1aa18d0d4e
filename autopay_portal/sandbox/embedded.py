"""The embedded PostgreSQL and Valkey of one installation: where they live and who serves them."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autopay_portal.sandbox.children import Program
from autopay_portal.sandbox.place import Place, UnableToStartError
from autopay_portal.sandbox.programs import STAGE_BROKER, STAGE_DATABASE
from autopay_portal.sandbox.servers import postgres as postgres_server
from autopay_portal.sandbox.servers import valkey as valkey_server
from autopay_portal.sandbox.servers.binaries import copy_postgres, postgres_binaries
from autopay_portal.sandbox.servers.owner import Owner, choose_owner
from autopay_portal.sandbox.servers.postgres import Passwords, Postgres
from autopay_portal.sandbox.servers.valkey import Valkey


@dataclass(frozen=True)
class Quarters:
    """Where PostgreSQL's data and programs are and who serves them."""

    home: Path
    binaries: Path
    owner: Owner


def elsewhere(place: Place) -> Path:
    """Return the folder for the database where the installation's own can't be reached by its user."""
    digest = hashlib.sha256(os.fsencode(place.var)).hexdigest()[:12]
    return Path("/var/tmp") / f"autopay-{os.geteuid()}-{digest}"  # noqa: S108 - made with 0711 and checked below


def find_quarters(place: Place, *, say: Callable[[str], None]) -> Quarters:
    """Return where PostgreSQL can run: in the installation's folder, else in a folder beside, saying so."""
    binaries = postgres_binaries()
    home, away = place.var / "postgres", elsewhere(place)
    if not (away / "postgres" / "data").exists():
        owner = choose_owner(home=home, binaries=binaries)
        if owner is not None:
            return Quarters(home, binaries, owner)
    return _quarters_away(away, say=say)


def _quarters_away(away: Path, *, say: Callable[[str], None]) -> Quarters:
    away.mkdir(mode=0o711, exist_ok=True)
    found = away.lstat()
    if away.is_symlink() or found.st_uid != os.geteuid():
        raise UnableToStartError(f"{away} is not a folder of ours: remove it and start again")
    away.chmod(0o711)
    say(f"The database can't run below the installation's own folder: it lives in {away}")
    binaries = copy_postgres(to=away / "pginstall")
    owner = choose_owner(home=away / "postgres", binaries=binaries)
    if owner is None:
        raise UnableToStartError(
            "PostgreSQL does not run as root, and here neither the user nobody nor a user namespace can run it. "
            "Start AutoPay as an ordinary user"
        )
    return Quarters(away / "postgres", binaries, owner)


def postgres_of(place: Place, quarters: Quarters, *, passwords: Passwords, mark: dict[str, str]) -> Postgres:
    """Return the installation's PostgreSQL; durable, as it ships."""
    return Postgres(
        home=quarters.home,
        sockets=place.sockets / "postgres",
        log=place.log_of("postgres"),
        owner=quarters.owner,
        binaries=quarters.binaries,
        passwords=passwords,
        environment=mark,
    )


def valkey_of(place: Place, *, mark: dict[str, str]) -> Valkey:
    """Return the installation's Valkey."""
    return Valkey(
        home=place.var / "valkey",
        sockets=place.sockets / "valkey",
        log=place.log_of("valkey"),
        environment=mark,
    )


def postgres_program(server: Postgres) -> Program:
    """Return PostgreSQL as a child of the supervisor."""
    return Program(
        name="postgres",
        title="PostgreSQL",
        stage=STAGE_DATABASE,
        launch=server.launch,
        log=server.log,
        stop_signal=postgres_server.STOP_SIGNAL,
        patience=30,
    )


def valkey_program(server: Valkey) -> Program:
    """Return Valkey as a child of the supervisor."""
    return Program(
        name="valkey",
        title="Valkey",
        stage=STAGE_BROKER,
        launch=server.launch,
        log=server.log,
        stop_signal=valkey_server.STOP_SIGNAL,
        patience=10,
    )

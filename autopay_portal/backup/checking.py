"""Whether a backup is whole, fits this version of AutoPay, and can be read with this installation's keys."""

import base64
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.migrations.loader import MigrationLoader

from autopay_portal.backup import disk
from autopay_portal.backup.errors import UnableToRestoreError
from autopay_portal.backup.manifest import DATABASE, FILE_LIST, Manifest, listed_files, read_manifest
from autopay_portal.backup.saving import KEY_CHECK, KEY_CONTEXT
from autopay_portal.core import secrets

_MOST_FAULTS = 5


def check_backup(folder: Path) -> Manifest:
    """Read every byte of a backup and return its manifest. Raises UnableToRestoreError with what is wrong."""
    manifest = read_manifest(folder)
    for name in (DATABASE, FILE_LIST):
        if manifest.part(name) is None:
            raise UnableToRestoreError(f"{folder} lists no {name}: the backup is damaged")
    faults = [*_broken_parts(folder, manifest), *_broken_files(folder, manifest)]
    if faults:
        shown = "; ".join(faults[:_MOST_FAULTS])
        raise UnableToRestoreError(f"{folder} is damaged in {len(faults)} places ({shown}): take another backup")
    return manifest


def _broken_parts(folder: Path, manifest: Manifest) -> list[str]:
    return [
        f"{part.name} isn't what was saved"
        for part in manifest.parts
        if not (folder / part.name).is_file() or disk.sha256_of(folder / part.name) != part.sha256
    ]


def _broken_files(folder: Path, manifest: Manifest) -> list[str]:
    if not (folder / FILE_LIST).is_file():
        return []
    faults = []
    count = 0
    for sha256, path in listed_files(folder):
        count += 1
        if not path.is_file():
            faults.append(f"{path.name[:12]}… is missing")
        elif disk.sha256_of(path) != sha256:
            faults.append(f"{path.name[:12]}… isn't what was saved")
    return faults if count == manifest.file_count else [*faults, f"{FILE_LIST} names {count} files"]


def refuse_newer(manifest: Manifest) -> None:
    """Raise UnableToRestoreError if the backup was made by a newer version: its tables aren't known here."""
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    unknown = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if unknown:
        raise UnableToRestoreError(
            f"The backup was made by a newer version of AutoPay (it has {', '.join(unknown[:_MOST_FAULTS])}). "
            "Install that version, then restore"
        )


def refuse_other_keys(manifest: Manifest) -> None:
    """Raise UnableToRestoreError if this installation's key ring doesn't open the backup's secrets."""
    ring = {key.partition(":")[0].strip() for key in settings.KEY_RING.split(",")}
    missing = sorted(set(manifest.key_ids) - ring)
    try:
        fits = not missing and secrets.decrypt(base64.b64decode(manifest.key_check), context=KEY_CONTEXT) == KEY_CHECK
    except (secrets.UnableToDecryptError, ImproperlyConfigured):
        fits = False
    if not fits:
        named = f" (it lacks {', '.join(missing)})" if missing else ""
        raise UnableToRestoreError(
            f"AUTOPAY_KEY_RING doesn't open this backup's secrets{named}. No key is in a backup: set the ring that the "
            "installation had when it was made, newer keys in front"
        )

"""Doctor's finding on encryption: whether the profile is encrypted, by what, and whether its files are
authentic."""

from __future__ import annotations

from pathlib import Path

from nowprint.encryption.contents import Form, contents, strangers
from nowprint.memory.storage.database import Database
from nowprint.records import DoctorFinding
from nowprint.saving import Cipher
from nowprint.settings import Profile

NAME = "encryption"
_CHUNK = 1 << 20


def finding(profile: Profile, database: Database) -> DoctorFinding:
    cipher = profile.cipher
    if cipher is None:
        return DoctorFinding(NAME, True, "the profile is not encrypted")
    files = list(contents(profile.home))
    changed = [path.name for path, form in files if not _authentic(path, form, cipher, database)]
    if changed:
        return DoctorFinding(
            NAME,
            False,
            f"changed, not encrypted, or encrypted with another key: {', '.join(changed)}: put a copy back, "
            "or delete what can be made anew (index, drafts, settings)",
        )
    from nowprint.encryption import key_file  # where nothing is encrypted, it isn't imported

    ways = ", ".join(key_file.read(profile.key_file).ways())
    told = f"AES-256, the database by SQLCipher {_version(database)}; opened by {ways}; "
    told += f"{len(files)} files are authentic"
    if others := strangers(profile.home):
        told += f"; not encrypted, because not Nowprint's: {', '.join(others)}"
    return DoctorFinding(NAME, True, told)


def _authentic(path: Path, form: Form, cipher: Cipher, database: Database) -> bool:
    if form in ("set aside", "backup"):
        return True  # damaged as its name says; checked among the backups
    if form == "database":
        return not _damaged_pages(database)
    try:
        with open(path, "rb") as file:
            if form == "lines":
                for line in file:
                    cipher.unseal_line(line.decode("utf-8", "replace").rstrip("\n"))
            else:
                reading = cipher.reader(path.name, file)
                while reading.read(_CHUNK):
                    pass
    except FileNotFoundError:
        return True  # replaced at this moment
    except (OSError, ValueError):
        return False
    return True


def _damaged_pages(database: Database) -> list[str]:
    with database.reading() as connection:
        return [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")]


def _version(database: Database) -> str:
    with database.reading() as connection:
        return str(connection.execute("PRAGMA cipher_version").fetchone()[0])

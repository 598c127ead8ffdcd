"""``key.json`` beside an encrypted profile's database: the profile's key, wrapped, and how far a change is.

The key is random. Each way to open the profile is a copy of it, encrypted with AES-256-GCM under what scrypt
(RFC 7914) makes of a passphrase or of the recovery key; or the file says that the system's keyring has it. So
another passphrase costs one small file, replaced as a whole, and nothing else is written anew. Without this
file nothing opens the profile.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import os
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from nowprint.encryption.cipher import KEY_BYTES, derived
from nowprint.encryption.switching import remove
from nowprint.errors import ProfileError, ProfileLocked
from nowprint.saving import replacing

State = Literal["encrypting", "encrypted", "decrypting", "becoming encrypted", "becoming plain"]
"""``encrypting`` and ``decrypting``: new files are written beside the old ones, which hold. ``becoming …``:
all new files are whole, and take the old ones' places. unlocking.py says what a start does then."""
Way = Literal["passphrase", "recovery key"]

_FORMAT = 1
COST = 2**17
"""scrypt's n: each guess takes 128 MB and some tenths of a second."""
_LEAST_COST, _MOST_COST = 2**14, 2**20
_R, _P = 8, 1
_SALT, _NONCE = 16, 12
_RECOVERY_BYTES = 20
_GROUP = 4
LEAST_PASSPHRASE = 8
"""Characters of a new passphrase."""


@dataclass(frozen=True, slots=True)
class Wrapping:
    """The profile's key as one passphrase opens it; bytes in base64."""

    way: Way
    n: int
    salt: str
    nonce: str
    key: str


@dataclass(frozen=True, slots=True)
class KeyFile:
    state: State
    id: str
    """The profile's name in the keyring."""
    check: str
    """Tells whether a key is this profile's."""
    wrappings: tuple[Wrapping, ...]
    keyring: bool = False
    """The system's keyring has the key, too."""
    leaving: bool = False
    """The keyring is about to lose it."""

    def ways(self) -> tuple[str, ...]:
        """What opens the profile, in the user's words."""
        ways = [one.way for one in self.wrappings]
        return (*(f"a {way}" for way in ways), *(["the system's keyring"] if self.keyring else []))

    def fits(self, key: bytes) -> bool:
        return hmac.compare_digest(_check(key), self.check)

    def unlock(self, passphrase: str) -> bytes:
        """The profile's key. ``passphrase``: that, or the recovery key. ProfileLocked if it is neither."""
        for one in self.wrappings:
            said = passphrase if one.way == "passphrase" else _recovery_form(passphrase)
            if said:
                wrapping = _wrapping_key(said, base64.b64decode(one.salt), one.n)
                try:
                    return AESGCM(wrapping).decrypt(
                        base64.b64decode(one.nonce), base64.b64decode(one.key), self._bound(one.way)
                    )
                except InvalidTag:
                    continue
        raise ProfileLocked("This passphrase doesn't open the profile: try again.")

    def with_way(self, way: Way, secret: str, key: bytes) -> KeyFile:
        """The same, but that ``secret`` is the only one of its kind to open it."""
        if way == "passphrase" and len(secret) < LEAST_PASSPHRASE:
            raise ProfileError(
                f"The passphrase is too short: take at least {LEAST_PASSPHRASE} characters."
            )
        salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
        wrapped = AESGCM(_wrapping_key(secret, salt, COST)).encrypt(nonce, key, self._bound(way))
        one = Wrapping(way, COST, *(base64.b64encode(b).decode() for b in (salt, nonce, wrapped)))
        others = tuple(other for other in self.wrappings if other.way != way)
        return replace(self, wrappings=tuple(sorted((one, *others), key=lambda w: w.way)))

    def _bound(self, way: str) -> bytes:
        return f"{self.id} {way}".encode()


def new_key(passphrase: str) -> tuple[bytes, KeyFile, str]:
    """(a profile's new key, its file, its recovery key), none of which is on the disk yet. Without a
    passphrase the recovery key alone opens it until the keyring has the key."""
    key = secrets.token_bytes(KEY_BYTES)
    made = KeyFile("encrypting", secrets.token_hex(8), _check(key), ())
    if passphrase:
        made = made.with_way("passphrase", passphrase, key)
    recovery = new_recovery_key()
    return key, made.with_way("recovery key", _recovery_form(recovery), key), recovery


def new_recovery_key() -> str:
    """Eight groups of four letters and digits."""
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def with_recovery_key(file: KeyFile, key: bytes) -> tuple[KeyFile, str]:
    """The same with a new recovery key; the one before no longer opens the profile."""
    recovery = new_recovery_key()
    return file.with_way("recovery key", _recovery_form(recovery), key), recovery


def read(path: Path) -> KeyFile:
    """ProfileError if the file is damaged or of a newer version."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise ProfileError(
            f"{path} can't be read ({fault.strerror}): allow Nowprint to read it."
        ) from fault
    except ValueError:
        raise _damaged(path) from None
    if isinstance(told, dict) and isinstance(told.get("format"), int) and told["format"] > _FORMAT:
        raise ProfileError(
            f"The profile {path.parent} was encrypted by a newer Nowprint: update this one."
        )
    try:
        return _checked(told)
    except (KeyError, TypeError, ValueError):
        raise _damaged(path) from None


def write(path: Path, file: KeyFile) -> None:
    """Replace the file as a whole. The bytes of the one before are overwritten: an older passphrase opens
    them."""
    clear_before(path)
    with contextlib.suppress(OSError):  # there is none, or this file system knows no second names
        os.link(path, _before(path))
    text = json.dumps({"format": _FORMAT, **asdict(file)}, indent=2) + "\n"
    with replacing(path) as opened:
        opened.write(text.encode())
    clear_before(path)


def delete(path: Path) -> None:
    """Give up the file's name first: if the disk failed once its bytes are overwritten, a file would stay
    that opens nothing, and a start would ask for it."""
    clear_before(path)
    os.replace(path, _before(path))
    clear_before(path)


def clear_before(path: Path) -> None:
    """Remove the bytes of the file before. After a kill this may be a second name of the file that holds."""
    before = _before(path)
    if before.exists():
        if path.exists() and before.samefile(path):
            before.unlink()
        else:
            remove(before)


def _before(path: Path) -> Path:
    return path.with_name(f".{path.name}.before")


def _checked(told: Any) -> KeyFile:
    wrappings = tuple(_wrapping(one) for one in told["wrappings"])
    id, check, state = told["id"], told["check"], told["state"]
    if not (isinstance(id, str) and isinstance(check, str) and state in get_args(State)):
        raise ValueError(state)
    return KeyFile(
        state, id, check, wrappings, told["keyring"] is True, told.get("leaving") is True
    )


def _wrapping(told: Mapping[str, Any]) -> Wrapping:
    one = Wrapping(**told)
    sizes = {name: len(base64.b64decode(told[name], validate=True)) for name in ("salt", "nonce")}
    if (
        one.way not in get_args(Way)
        or type(one.n) is not int
        or not _LEAST_COST <= one.n <= _MOST_COST
        or one.n & (one.n - 1)
        or sizes != {"salt": _SALT, "nonce": _NONCE}
        or not base64.b64decode(one.key, validate=True)
    ):
        raise ValueError(one.way)
    return one


def _damaged(path: Path) -> ProfileError:
    return ProfileError(
        f"{path} is damaged, and nothing else opens this profile: put a copy of that file back."
    )


def _check(key: bytes) -> str:
    return derived(key, b"", b"nowprint check").hex()


def _recovery_form(typed: str) -> str:
    """The recovery key that was typed, however it was grouped; "" if this can't be one."""
    text = "".join(typed.split()).replace("-", "").upper().replace("0", "O").replace("1", "I")
    return text if len(text) == _RECOVERY_BYTES * 8 // 5 and text.isalnum() else ""


def _wrapping_key(passphrase: str, salt: bytes, n: int) -> bytes:
    said = unicodedata.normalize("NFKC", passphrase)
    kdf = Scrypt(salt=salt, length=KEY_BYTES, n=n, r=_R, p=_P)
    return kdf.derive(said.encode("utf-8", "surrogatepass"))

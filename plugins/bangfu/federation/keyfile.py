"""The key file of a department (密钥文件): the shared secret, and whose signatures it goes with.

It is made by the department, or by the two departments from a share each; there is no command that makes one for the
matching unit. The partners' public keys stand in it because they were compared when it was made: an agreement with other
ones is refused, however well signed. A passphrase may seal the secret.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bangfu.errors import Refused
from bangfu.federation.files import read_private, write_private, wrong_file
from matching.encoding.shared_key import SECRET_BYTES, SharedKey, combine
from matching.errors import EncodingError
from schemas.agreement import Role

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemas.agreement import Agreement

__all__ = ["KeyFile", "combine_shares", "has_passphrase", "new_key", "new_share", "open_key", "require_fitting"]

_FORMAT, _SHARE = "bangfu-key", "bangfu-key-share"
_WORK = 1 << 15  # scrypt: 32 MiB, about a tenth of a second


@dataclass(frozen=True)
class KeyFile:
    """A key with its partners.

    Attributes:
        key: The secret of one epoch.
        partners: Public key by role: those with whom it may be used.
    """

    key: SharedKey
    partners: Mapping[Role, str]


def new_key(path: Path, epoch: int, partners: Mapping[Role, str], passphrase: str = "") -> KeyFile:
    """Make a key file with a new secret.

    Raises:
        Refused: `file_exists` or `key_partners`.
    """
    return _write(path, secrets.token_bytes(SECRET_BYTES), epoch, partners, passphrase)


def new_share(path: Path) -> None:
    """Make one department's share of a key, to be brought to the other one by hand.

    Raises:
        Refused: `file_exists`.
    """
    write_private(path, {"format": _SHARE, "version": 1, "share": secrets.token_hex(SECRET_BYTES)})


def combine_shares(
    path: Path, shares: tuple[Path, Path], epoch: int, partners: Mapping[Role, str], passphrase: str = ""
) -> KeyFile:
    """Make the key file of two shares; both departments get the same secret, in whatever order they name them.

    Raises:
        Refused: `file_exists`, `wrong_file`, `key_partners` or `key_shares`.
    """
    held = []
    for share in shares:
        try:
            held.append(bytes.fromhex(read_private(share, _SHARE)["share"]))
        except (KeyError, TypeError, ValueError):
            raise wrong_file(share) from None
    try:
        secret = combine(*held)
    except EncodingError:
        raise Refused(
            "key_shares",
            "两份密钥分量相同或不完整；请各用一份",
            "The two shares are the same, or incomplete; take one of each.",
        ) from None
    return _write(path, secret, epoch, partners, passphrase)


def has_passphrase(path: Path) -> bool:
    """Whether a key file wants a passphrase.

    Raises:
        Refused: As `read_private`.
    """
    return "sealed" in read_private(path, _FORMAT)


def open_key(path: Path, passphrase: str = "") -> KeyFile:
    """The key in a file.

    Raises:
        Refused: As `read_private`, or `key_passphrase`.
    """
    value = read_private(path, _FORMAT)
    try:
        secret = _unseal(value, passphrase) if "sealed" in value else bytes.fromhex(value["secret"])
        key = SharedKey(secret, value["epoch"])
        partners = {Role(role): str(public_key) for role, public_key in value["partners"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise wrong_file(path) from None
    if key.check_value() != value.get("check") or set(partners) != set(Role):
        raise wrong_file(path)
    return KeyFile(key, partners)


def require_fitting(file: KeyFile, agreement: Agreement) -> None:
    """Refuse a key that is not the agreement's.

    Raises:
        Refused: `key_epoch`, `key_wrong` or `key_partners`.
    """
    if file.key.epoch != agreement.epoch:
        raise Refused(
            "key_epoch",
            f"密钥是第 {file.key.epoch} 期的，协议约定使用第 {agreement.epoch} 期；请使用对应期次的密钥文件",
            f"The key is of epoch {file.key.epoch}, the agreement of epoch {agreement.epoch}; use the key of that epoch.",
        )
    if not secrets.compare_digest(file.key.check_value(), agreement.key_check):
        raise Refused(
            "key_wrong",
            "密钥不正确：与协议公布的校验值不符，编码结果将无法比对；请检查是否选错了密钥文件",
            "This is not the agreement's key (its check value differs): nothing would match. Check that it is the right file.",
        )
    if any(agreement.party(role).public_key != file.partners[role] for role in Role):
        raise Refused(
            "key_partners",
            "协议各方的公钥与生成密钥时核对过的不同，可能有人冒充；请停止使用，并与工会当面核实",
            "The parties' public keys are not those that were compared when the key was made; somebody may pose as one of "
            "them. Do not go on; ask the union in person.",
        )


def _write(path: Path, secret: bytes, epoch: int, partners: Mapping[Role, str], passphrase: str) -> KeyFile:
    if set(partners) != set(Role) or len(set(partners.values())) < len(Role):
        raise Refused(
            "key_partners",
            "请提供三方各不相同的公钥：工会、数据部门、比对单位",
            "Give the public keys of all three parties, which must differ.",
        )
    key = SharedKey(secret, epoch)
    held: dict[str, Any] = {"sealed": _seal(secret, passphrase)} if passphrase else {"secret": secret.hex()}
    write_private(
        path,
        {
            "format": _FORMAT,
            "version": 1,
            "epoch": epoch,
            "check": key.check_value(),
            "partners": {str(role): public_key for role, public_key in partners.items()},
            **held,
        },
    )
    return KeyFile(key, dict(partners))


def _seal(secret: bytes, passphrase: str) -> dict[str, str]:
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = AESGCM(_stretched(passphrase, salt)).encrypt(nonce, secret, None)
    return {"salt": salt.hex(), "nonce": nonce.hex(), "content": sealed.hex()}


def _unseal(value: Mapping[str, Any], passphrase: str) -> bytes:
    sealed = {name: bytes.fromhex(value["sealed"][name]) for name in ("salt", "nonce", "content")}
    try:
        return AESGCM(_stretched(passphrase, sealed["salt"])).decrypt(sealed["nonce"], sealed["content"], None)
    except InvalidTag:
        raise Refused("key_passphrase", "密钥口令不正确", "The passphrase of the key is wrong.") from None


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt, 32, _WORK, 8, 1).derive(passphrase.encode())

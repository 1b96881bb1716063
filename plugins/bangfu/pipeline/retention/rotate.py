"""Rotating the key that wraps the data keys (密钥轮换), and telling where they stand.

The tables stay as they are: only the wrapped data keys in the register change. A rotation that was interrupted leaves
keys under the former key as well as under the new one; both open what they wrapped, and the next rotation goes on
instead of making another key.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import func, select

from bangfu.db.data_keys import WrappedKey, list_keys, replace_key
from bangfu.db.intake_models import DataKey
from bangfu.db.retention import hold_key, vacuum_keys
from bangfu.db.runs import finish_run
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context, Progress, silent
from bangfu.pipeline.stage import alone, digest_of, registered_run
from bangfu.pipeline.steps import Step, step
from bangfu.settings import Settings
from bangfu.vault import KeyProvider, LocalKeyFile, add_key, open_provider, rewrap
from bangfu.vault.providers import MASTER_KEY

__all__ = ["KeyStatus", "Rotated", "key_file", "key_status", "rotate"]

STAGE = "rotate"
_LOCAL = LocalKeyFile.name


@dataclass(frozen=True)
class KeyStatus:
    """Where the data keys stand.

    Attributes:
        provider: Name of the key provider in use.
        current: Fingerprint of the key that wraps new data keys; None with a key service.
        wrapped: Data keys that are kept, by the key that wrapped them: provider and fingerprint, `local 5f3a...`.
        destroyed: Data keys that were destroyed.
        encrypted: Whether new tables are encrypted.
    """

    provider: str
    current: str | None
    wrapped: Mapping[str, int]
    destroyed: int
    encrypted: bool


@dataclass(frozen=True)
class Rotated:
    """What a rotation did.

    Attributes:
        run_id: The run.
        provider: Name of the key provider that wraps the keys now.
        fingerprint: Of the current key; None with a key service.
        new: Whether a new key was made; not when an interrupted rotation was continued.
        rewrapped: Data keys that were wrapped anew.
    """

    run_id: str
    provider: str
    fingerprint: str | None
    new: bool
    rewrapped: int


def key_file(settings: Settings) -> Path:
    """The file that holds the keys of the local provider."""
    return settings.home / "secrets" / MASTER_KEY


def key_status(context: Context) -> KeyStatus:
    """Tell which keys wrap how many data keys.

    Raises:
        VaultError: The key file cannot be used.
    """
    provider = open_provider(context.settings)
    with context.engine.connect() as connection:
        kept = list_keys(connection)
        destroyed = connection.scalar(select(func.count()).where(DataKey.destroyed_at.is_not(None)))
    counts = Counter(" ".join(filter(None, (key.provider, _fingerprint(key)))) for key in kept)
    return KeyStatus(
        provider.name, _current(provider), dict(sorted(counts.items())), destroyed or 0, context.settings.encrypted
    )


def rotate(context: Context, *, progress: Progress | None = None) -> Rotated:
    """Make a new key-encryption key and wrap every data key under it.

    Keys of the local provider are wrapped under a new key of its file, which keeps the former ones. With a key service,
    whose keeper makes its keys, every data key is handed to it again, those of the local provider included.

    Args:
        context: The installation.
        progress: Told after each key.

    Raises:
        BangfuError: The environment gives the key and has no new one in front, another rotation is going on, or a data
            key does not open; what was wrapped anew stays so, and the next rotation goes on from there.
    """
    settings, provider = context.settings, open_provider(context.settings)
    with step(Step.START_ROTATE), alone(context, STAGE), registered_run(context, STAGE, digest_of([])) as run_id:
        new = provider.name == _LOCAL and not _pending(context, provider)
        if new and MASTER_KEY in settings.given_secrets:
            raise BangfuError(
                "The key is given by BANGFU_SECRET_DATA_MASTER_KEY, which this command cannot change: put a new line of "
                "`openssl rand -base64 32` in front of the key there, restart the services, and call it again."
            )
        if new:
            settings.secret(MASTER_KEY)  # made on first use, so that the new key stands before a former one
            add_key(key_file(settings))
        done = _rewrap_all(context, provider, progress or silent)
        vacuum_keys(context.engine)
        rotated = Rotated(run_id, provider.name, _current(provider), new, done)
        with step(Step.FINISH_ROTATE), context.engine.begin() as connection:
            finish_run(connection, run_id, asdict(rotated))
    return rotated


def _rewrap_all(context: Context, provider: KeyProvider, progress: Progress) -> int:
    """Wrap every data key anew that the current key has not wrapped; keys that come meanwhile are looked at too."""
    done = 0
    former: set[str] = set()
    while pending := [key for key in _pending(context, provider) if key.owner_id not in former]:
        for count, key in enumerate(pending, 1):
            done += _rewrap_one(context, provider, key.owner_id)
            progress("rotate", count, len(pending))
        former |= {key.owner_id for key in pending} if provider.name != _LOCAL else set()
    return done


def _rewrap_one(context: Context, provider: KeyProvider, owner_id: str) -> bool:
    with step(Step.REWRAP_KEY), context.engine.begin() as connection:
        key = hold_key(connection, owner_id)
        if key is None or key.wrapped is None:  # destroyed meanwhile
            return False
        moved = rewrap(_opened_by(context.settings, provider, key), provider, key.wrapped, owner_id)
        replace_key(connection, WrappedKey(owner_id, provider.name, moved))
    return True


def _pending(context: Context, provider: KeyProvider) -> list[WrappedKey]:
    """The data keys that the current key has not wrapped; with a key service, whose keys are its own affair, all."""
    current = _current(provider)
    with context.engine.connect() as connection:
        kept = list_keys(connection)
    return [key for key in kept if current is None or (key.provider, _fingerprint(key)) != (_LOCAL, current)]


def _opened_by(settings: Settings, provider: KeyProvider, key: WrappedKey) -> KeyProvider:
    if key.provider == provider.name:
        return provider
    if key.provider == _LOCAL:
        return LocalKeyFile(lambda: settings.secret(MASTER_KEY))
    raise BangfuError(f"The data key of {key.owner_id} is kept by {key.provider}: set BANGFU_KEY_PROVIDER to it.")


def _current(provider: KeyProvider) -> str | None:
    """Fingerprint of the local provider's current key: what it wraps now names it."""
    if provider.name != _LOCAL:
        return None
    return _fingerprint(WrappedKey("", _LOCAL, provider.wrap(bytes(32), "fingerprint")))


def _fingerprint(key: WrappedKey) -> str | None:
    """Fingerprint of the key that wrapped a data key: the local provider writes it after one byte of algorithm."""
    return key.wrapped[1:9].hex() if key.provider == _LOCAL and key.wrapped is not None else None

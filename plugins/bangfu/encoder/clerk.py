"""The prompt-by-prompt mode (逐步提示): what a clerk gets who starts the program without arguments."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bangfu.encoder.dialogue import Left
from bangfu.encoder.encoding import Writing, role_of, write_package
from bangfu.encoder.preparing import Prepared, prepare
from bangfu.encoder.telling import show_agreement, show_package, show_prepared
from bangfu.encoder.texts import YES
from bangfu.errors import Refused
from bangfu.federation.agreements import Held, hold, open_agreement
from bangfu.federation.keyfile import KeyFile, has_passphrase, open_key, require_fitting
from bangfu.federation.signing import open_identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from bangfu.encoder.dialogue import Dialogue
    from bangfu.federation.signing import Identity
    from schemas.agreement import Role

__all__ = ["converse", "encode_with", "read_shown"]

_T = TypeVar("_T")


def converse(dialogue: Dialogue, today: dt.date) -> int:
    """Ask for everything, show what would be done, ask once more, and do it.

    Returns:
        The exit code.

    Raises:
        Refused: The encoding itself was refused; answers that cannot be used are asked for again.
    """
    dialogue.line(f"== {dialogue.words('title')} ==")
    dialogue.tell("offline")
    dialogue.line()
    try:
        held = _until_right(dialogue, "ask_agreement", lambda path: hold(open_agreement(path), today))
        dialogue.tell("agreement_holds")
        show_agreement(dialogue, held.agreement)
        key, safe = _until_right(dialogue, "ask_key", lambda path: (_key(dialogue, path, held), path.absolute().parent))
        dialogue.tell("key_fits", epoch=key.key.epoch)
        identity, role = _identity(dialogue, held)
        prepared = _until_right(dialogue, "ask_file", lambda path: read_shown(dialogue, path, held, role))
        usual = Path.cwd() / f"{dialogue.words('package_named')}-{held.agreement.id}-{role}-{today:%Y%m%d}"
        folder = Path(dialogue.ask("ask_folder", str(usual)))
        if identity is None:
            dialogue.tell("unsigned")
        if dialogue.ask("ask_sure").strip().lower() not in YES:
            raise Left
    except Left:
        dialogue.tell("nothing_written")
        return 1
    writing = Writing(folder, safe / f"{dialogue.words('kept_named')}-{folder.name}.rows", identity, today)
    encode_with(dialogue, prepared, held, key, writing)
    return 0


def read_shown(dialogue: Dialogue, path: Path, held: Held, role: Role, passwords: tuple[str, ...] = ()) -> Prepared:
    """Read a file, tell how far it is, and show what it holds.

    Raises:
        Refused: As `prepare`.
    """
    dialogue.tell("reading")
    try:
        prepared = prepare(
            path,
            held,
            role,
            passwords=passwords,
            progress=lambda rows: dialogue.progress(dialogue.words("rows_read", rows=f"{rows:,}")),
        )
    finally:
        dialogue.end_progress()
    show_prepared(dialogue, prepared, held.agreement)
    dialogue.line()
    return prepared


def encode_with(dialogue: Dialogue, prepared: Prepared, held: Held, key: KeyFile, writing: Writing) -> None:
    """Encode, and tell what was written.

    Raises:
        Refused: As `write_package`.
    """
    began = time.monotonic()
    dialogue.tell("encoding", count=f"{prepared.rows.height:,}")
    package = write_package(prepared, held, key, writing)
    dialogue.tell("done", seconds=f"{time.monotonic() - began:.1f}")
    show_package(dialogue, package, writing)


def _until_right(dialogue: Dialogue, question: str, use: Callable[[Path], _T]) -> _T:
    """Ask for a file until it can be used.

    Raises:
        Left: The clerk gave none.
    """
    while True:
        given = dialogue.ask(question)
        if not given:
            raise Left
        try:
            return use(Path(given))
        except Refused as refusal:
            dialogue.refuse(refusal)
            dialogue.tell("ask_again")


def _key(dialogue: Dialogue, path: Path, held: Held) -> KeyFile:
    passphrase = dialogue.ask_secret("ask_passphrase") if has_passphrase(path) else ""
    key = open_key(path, passphrase)
    require_fitting(key, held.agreement)
    return key


def _identity(dialogue: Dialogue, held: Held) -> tuple[Identity | None, Role]:
    while True:
        given = dialogue.ask("ask_identity")
        try:
            identity = open_identity(Path(given)) if given else None
            role = role_of(held, identity)
        except Refused as refusal:
            dialogue.refuse(refusal)
            dialogue.tell("ask_again")
            continue
        dialogue.pair("as_who", held.agreement.party(role).name)
        return identity, role

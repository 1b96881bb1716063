"""The command line of the encoder (命令行), for those who know what they want; without a command it asks step by step."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from bangfu.encoder import __version__
from bangfu.encoder.clerk import converse, encode_with, read_shown
from bangfu.encoder.dialogue import Dialogue
from bangfu.encoder.encoding import Writing, role_of
from bangfu.encoder.telling import show_agreement
from bangfu.errors import Refused
from bangfu.federation import keyfile
from bangfu.federation.agreements import hold, open_agreement, sign
from bangfu.federation.signing import new_identity, open_identity
from schemas.agreement import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bangfu.federation.agreements import Held
    from bangfu.federation.signing import Identity

__all__ = ["main"]

_SEALING = "ask for a passphrase that seals the key (为密钥设置口令)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: Without the program's name; None takes those of the process.

    Returns:
        The exit code: 0 done, 1 refused or given up, 2 wrong usage, 3 a defect, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    given = _parser().parse_args(arguments)
    dialogue = Dialogue("en" if given.lang == "en" else "zh", sys.stdout)
    alone = given.work is None
    try:
        code = converse(dialogue, _today()) if alone else int(given.work(dialogue, given) or 0)
    except Refused as refusal:
        dialogue.refuse(refusal)
        code = 1
    except KeyboardInterrupt:
        dialogue.line()
        dialogue.tell("interrupted")
        code = 130
    except Exception as error:
        if given.debug:
            raise
        dialogue.tell("defect", what=_place(error))  # its text might quote a cell
        code = 3
    if alone and sys.stdin.isatty():
        dialogue.ask("closing")
    return code


def _place(error: BaseException) -> str:
    """Type and place of an exception."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    return f"{type(error).__name__} {where} v{__version__}"


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.timezone(dt.timedelta(hours=8))).date()


class _Parser(argparse.ArgumentParser):
    """A parser whose errors do not repeat what was typed, which may be a name."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message.partition(': ')[0]}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bangfu-encoder",
        description="工会帮扶比对·部门端编码工具。不带参数运行时逐步提示。 Without arguments it asks step by step.",
    )
    parser.add_argument("--version", action="version", version=f"bangfu-encoder {__version__}")
    _common(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    look = _command(commands, "look", _look, "show how a file would be understood; writes nothing (预览)")
    encode = _command(commands, "encode", _encode, "encode a file (编码)")
    match = _command(commands, "match", _match, "mode A: match the union's package here, return flags alone (本地比对)")
    results = _command(commands, "results", _results, "say which of our own rows were matched (查看结果)")
    for command in (look, encode, match):
        command.add_argument("file", type=Path, help="Excel or CSV (数据文件)")
        command.add_argument(
            "--as", dest="role", type=Role, choices=(Role.UNION, Role.DEPARTMENT), help="whose file it is"
        )
        command.add_argument("--password-file", type=Path, help="file with the workbook's opening password")
    results.add_argument("package", type=Path, help="folder with the results (结果包)")
    results.add_argument("--rows", type=Path, required=True, help="sealed table of ids that was kept (对照表)")
    match.add_argument("--union", type=Path, required=True, help="package of the union's encoded records (工会交换包)")
    for command in (look, encode, match, results):
        command.add_argument("--agreement", type=Path, required=True, help="agreement file (协议)")
        command.add_argument("--identity", type=Path, help="signing key of this party (签名密钥)")
    for command in (encode, match, results):
        command.add_argument("--key", type=Path, required=True, help="key file (密钥)")
        command.add_argument("--out", type=Path, required=True, help="folder or file to write (输出)")
    encode.add_argument("--rows", type=Path, help="where to keep the sealed table of ids; beside the key if not given")
    _keys(commands)
    identity = _command(commands, "identity", _identity, "make a signing key, or show its public key (签名密钥)")
    identity.add_argument("act", choices=("new", "show"))
    identity.add_argument("path", type=Path)
    agreement = _command(commands, "agreement", _agreement, "show, verify or sign an agreement (协议)")
    agreement.add_argument("act", choices=("show", "verify", "sign"))
    agreement.add_argument("path", type=Path)
    agreement.add_argument("--identity", type=Path)
    agreement.add_argument("--out", type=Path, help="the signed agreement")
    _command(commands, "selftest", _selftest, "check that this computer encodes byte for byte as all others (自检)")
    return parser


def _command(
    commands: Any, name: str, work: Callable[[Dialogue, Any], int | None], words: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
    _common(parser, again=True)
    parser.set_defaults(work=work)
    return parser


def _common(parser: argparse.ArgumentParser, *, again: bool = False) -> None:
    usual = argparse.SUPPRESS if again else None
    parser.add_argument("--lang", choices=("zh", "en"), default=usual, help="language (语言)")
    parser.add_argument("--debug", action="store_true", default=usual or False, help="show a defect's traceback")
    if not again:
        parser.set_defaults(work=None)


def _keys(commands: Any) -> None:
    key = _command(commands, "key", _key, "make a key file, or show its check value (密钥)")
    key.add_argument("act", choices=("new", "share", "combine", "show"))
    key.add_argument("path", type=Path, help="the key file, or the share")
    key.add_argument("--shares", type=Path, nargs=2, help="combine: one share of each department")
    key.add_argument("--epoch", type=int, default=1, help="one more with every new key")
    for role, words in ((Role.UNION, "工会"), (Role.DEPARTMENT, "数据部门"), (Role.MATCHING_UNIT, "比对单位")):
        key.add_argument(f"--{role.replace('_', '-')}", dest=str(role), default="", help=f"public key ({words}公钥)")
    key.add_argument("--passphrase", action="store_true", help=_SEALING)


def _held(given: Any) -> tuple[Held, Identity | None, Role]:
    held = hold(open_agreement(given.agreement), _today())
    identity = open_identity(given.identity) if given.identity else None
    return held, identity, role_of(held, identity, getattr(given, "role", None))


def _open_key(dialogue: Dialogue, path: Path, held: Held) -> keyfile.KeyFile:
    passphrase = dialogue.ask_secret("ask_passphrase") if keyfile.has_passphrase(path) else ""
    key = keyfile.open_key(path, passphrase)
    keyfile.require_fitting(key, held.agreement)
    return key


def _passwords(given: Any) -> tuple[str, ...]:
    return (given.password_file.read_text("utf-8").strip(),) if given.password_file else ()


def _look(dialogue: Dialogue, given: Any) -> None:
    held, _, role = _held(given)
    read_shown(dialogue, given.file, held, role, _passwords(given))


def _encode(dialogue: Dialogue, given: Any) -> None:
    held, identity, role = _held(given)
    key = _open_key(dialogue, given.key, held)
    prepared = read_shown(dialogue, given.file, held, role, _passwords(given))
    rows = given.rows or given.key.absolute().with_name(f"{dialogue.words('kept_named')}-{given.out.name}.rows")
    encode_with(dialogue, prepared, held, key, Writing(given.out, rows, identity, _today()))


def _match(dialogue: Dialogue, given: Any) -> None:
    from bangfu.encoder.at_home import match_at_home

    held, identity, role = _held(given)
    key = _open_key(dialogue, given.key, held)
    prepared = read_shown(dialogue, given.file, held, role, _passwords(given))
    found = match_at_home(prepared, given.union, held, key, Writing(given.out, given.out, identity, _today()))
    dialogue.tell("matched_here", count=f"{found.counts['records']:,}")
    dialogue.line(f"    {given.out}")


def _results(dialogue: Dialogue, given: Any) -> None:
    from bangfu.encoder.results import write_results

    held, _, _ = _held(given)
    key = _open_key(dialogue, given.key, held)
    matched, foreign = write_results(given.package, given.rows, held, key, given.out)
    dialogue.tell("opened", count=f"{matched:,}", path=given.out)
    if foreign:
        dialogue.tell("not_ours", count=f"{foreign:,}")


def _key(dialogue: Dialogue, given: Any) -> None:
    if given.act == "share":
        keyfile.new_share(given.path)
        dialogue.tell("share_made", path=given.path)
        return
    if given.act == "show":
        phrase = dialogue.ask_secret("ask_passphrase") if keyfile.has_passphrase(given.path) else ""
        made = keyfile.open_key(given.path, phrase)
    else:
        partners = {role: str(getattr(given, str(role))) for role in Role}
        phrase = dialogue.ask_secret("ask_passphrase") if given.passphrase else ""
        if given.act == "new":
            made = keyfile.new_key(given.path, given.epoch, partners, phrase)
        else:
            made = keyfile.combine_shares(given.path, tuple(given.shares or ()), given.epoch, partners, phrase)
        dialogue.tell("key_made", path=given.path)
        dialogue.tell("never_unit")
    dialogue.pair("epoch", made.key.epoch)
    dialogue.pair("check_value", made.key.check_value())


def _identity(dialogue: Dialogue, given: Any) -> None:
    identity = new_identity(given.path) if given.act == "new" else open_identity(given.path)
    if given.act == "new":
        dialogue.tell("identity_made", path=given.path)
    dialogue.pair("public_key", identity.public_key)


def _agreement(dialogue: Dialogue, given: Any) -> None:
    from bangfu.federation.files import write_whole

    signed = open_agreement(given.path)
    show_agreement(dialogue, signed.agreement)
    if given.act == "verify":
        hold(signed, _today())
        dialogue.tell("agreement_holds")
    elif given.act == "sign":
        if not given.identity or not given.out:
            raise Refused("usage", "签署协议需要 --identity 和 --out", "Signing needs --identity and --out.")
        write_whole(given.out, sign(signed, open_identity(given.identity)).to_json().encode())
        dialogue.line(str(given.out))


def _selftest(dialogue: Dialogue, _given: Any) -> int:
    from bangfu.encoder.golden import differing, vectors

    bad = differing()
    if bad:
        dialogue.tell("selftest_bad", names=", ".join(bad))
        return 1
    dialogue.tell("selftest_good", count=len(vectors()))
    return 0

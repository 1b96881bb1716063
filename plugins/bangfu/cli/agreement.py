"""`bangfu agreement`: what a department and the federation agree on before encoded records are matched."""

import json as json_text
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Argument, Option

from bangfu.cli.output import Json, emit
from bangfu.cli.sources import SourceCode, check_source
from bangfu.errors import BangfuError

if TYPE_CHECKING:
    from schemas.agreement import Agreement, Payload, Signed

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""Agreements for encoded matching (加密比对协议): made here, signed by both departments.

The encoder on a department's PC (`make encoder`) signs and verifies them too. Keys of the encoding are made there, by the
departments alone: no command of the service makes or takes one.

\b
Example:
  bangfu agreement new medical_settlement --id yb-2027 --union "省总工会 9f…" --department "省医保中心 03…" \\
      --unit "省大数据中心 7c…" --key-check 6ffb7744847cb548 --until 2027-12-31 --out yb-2027.json
  bangfu agreement sign yb-2027.json --identity union.id --out yb-2027.signed.json
""",
)

Party = Annotated[str, Option(help="Name and public key of the party, with a blank between.")]
File = Annotated[Path, Argument(help="The agreement.", exists=True, dir_okay=False)]


@app.command(
    help="""Write an agreement for the parties to sign (拟定协议).

Purpose and legal basis are those that the source declares; the fields are those that the profile encodes.

\b
Example:
  bangfu agreement new medical_settlement --id yb-2027 --union "省总工会 9f…" --department "省医保中心 03…" \\
      --unit "省大数据中心 7c…" --key-check 6ffb7744847cb548 --until 2027-12-31 --out yb-2027.json
"""
)
def new(
    source: SourceCode,
    id_: Annotated[str, Option("--id", help="Name of the agreement: letters, digits, hyphens.")],
    union: Party,
    department: Party,
    unit: Party,
    key_check: Annotated[str, Option(help="Check value of the key, as `bangfu-encoder key show` prints it.")],
    until: Annotated[str, Option(help="Last day.")],
    out: Annotated[Path, Option(help="File to write.")],
    since: Annotated[str | None, Option(help="First day; today if not given.")] = None,
    epoch: Annotated[int, Option(min=1, help="Number of the key.")] = 1,
    profile: Annotated[str, Option(help="`standard` or `strict`.")] = "strict",
    digest: Annotated[str, Option(help="`sm3` or `sha256`.")] = "sm3",
    reason: Annotated[str, Option(help="What a match tells, such as `illness`.")] = "illness",
    month: Annotated[str, Option(help="Date field told as year and month; empty: none.")] = "",
    band: Annotated[str, Option(help="Amount told as a band: personal_amount:3000,10000,26000; empty: none.")] = "",
    json: Json = False,
) -> None:
    """Write an agreement for the parties to sign."""
    check_source(source)
    from bangfu.federation.agreements import columns_used, open_agreement
    from bangfu.federation.files import write_whole
    from matching.encoding.parameters import PROFILES
    from schemas.agreement import NORMALISATION, Agreement, Role, Signed
    from schemas.sources import SOURCES

    if profile not in PROFILES:
        raise BangfuError("The profile is standard or strict.")
    declared = SOURCES[source]
    parameters = next(held for name, held in PROFILES.items() if name == profile)
    agreement = Agreement(
        id=id_,
        parties=(
            _party(Role.UNION, union, "union_roster"),
            _party(Role.DEPARTMENT, department, source),
            _party(Role.MATCHING_UNIT, unit, ""),
        ),
        purpose=declared.purpose,
        legal_basis=declared.legal_basis,
        fields=tuple(sorted(columns_used(parameters))),
        normalisation=NORMALISATION,
        encoding=json_text.loads(parameters.to_json()),
        digest=digest,
        key_check=key_check,
        epoch=epoch,
        payload=_payload(reason, month, band),
        valid_from=_day(since) if since else _today(),
        valid_until=_day(until),
    )
    signed = Signed(agreement, {})
    write_whole(out, signed.to_json().encode())
    try:
        open_agreement(out)
    except BangfuError:
        out.unlink()
        raise
    emit(
        {"path": out, "id": id_}, json=json, lines=[*_lines(signed), f"{out} written; each party signs it (各方签署)."]
    )


@app.command(
    help="""Add the signature of a party (签署).

\b
Example:
  bangfu agreement sign yb-2027.json --identity union.id --out yb-2027.signed.json
"""
)
def sign(
    file: File,
    identity: Annotated[Path, Option(help="Signing key of the party.")],
    out: Annotated[Path, Option(help="File to write.")],
    json: Json = False,
) -> None:
    """Add the signature of a party."""
    from bangfu.federation.agreements import open_agreement
    from bangfu.federation.agreements import sign as work
    from bangfu.federation.files import write_whole
    from bangfu.federation.signing import open_identity

    signed = work(open_agreement(file), open_identity(identity))
    write_whole(out, signed.to_json().encode())
    emit({"path": out, "signed_by": sorted(signed.signatures)}, json=json, lines=[*_lines(signed), f"{out} written."])


@app.command(
    help="""Tell what an agreement says (查看协议).

\b
Example:
  bangfu agreement show yb-2027.json
"""
)
def show(file: File, json: Json = False) -> None:
    """Tell what an agreement says."""
    from bangfu.federation.agreements import open_agreement

    signed = open_agreement(file)
    emit(signed.agreement.document(), json=json, lines=_lines(signed))


@app.command(
    help="""Tell whether an agreement holds today: signed by both departments, unchanged, within its days (核验协议).

\b
Example:
  bangfu agreement verify yb-2027.signed.json
"""
)
def verify(file: File, json: Json = False) -> None:
    """Tell whether an agreement holds today."""
    from bangfu.federation.agreements import hold, open_agreement

    held = hold(open_agreement(file), _today())
    emit(
        {"id": held.agreement.id, "sha256": held.digest},
        json=json,
        lines=[f"The agreement holds (协议有效): {held.digest}"],
    )


@app.command(
    help="""Make the signing key of a party, and print its public key (签名密钥).

\b
Example:
  bangfu agreement identity union.id
"""
)
def identity(
    file: Annotated[Path, Argument(help="File to write; its owner alone may read it.")], json: Json = False
) -> None:
    """Make the signing key of a party."""
    from bangfu.federation.signing import new_identity

    made = new_identity(file)
    emit({"path": file, "public_key": made.public_key}, json=json, lines=[f"public key (公钥): {made.public_key}"])


def _lines(signed: "Signed") -> list[str]:
    agreement: Agreement = signed.agreement
    lines = [f"{party.role}: {party.name} {party.public_key} {party.source}".rstrip() for party in agreement.parties]
    basis, payload = agreement.legal_basis, agreement.payload
    told = [
        payload.reason,
        payload.month and f"month of {payload.month}",
        payload.band and f"band of {payload.band.field}",
    ]
    return [
        f"{agreement.id}: {agreement.purpose}, {agreement.valid_from} to {agreement.valid_until}",
        *lines,
        f"legal basis: {basis.kind} {basis.document} {basis.number}, {basis.valid_from} to {basis.valid_until}",
        f"encoded: {', '.join(agreement.fields)}",
        f"profile {agreement.encoding.get('profile')}, HMAC {agreement.digest}, key epoch {agreement.epoch}, check {agreement.key_check}",
        f"told of a match: {', '.join(part for part in told if part)}",
        f"signed by: {', '.join(signed.signatures) or 'nobody yet'}",
    ]


def _party(role: Any, given: str, source: str) -> Any:
    from schemas.agreement import Party

    name, _, public_key = given.rpartition(" ")
    return Party(role, name.strip(), public_key, source)


def _payload(reason: str, month: str, band: str) -> "Payload":
    from schemas.agreement import Band, Payload

    field, _, limits = band.partition(":")
    try:
        told = Band(field, tuple(int(limit) for limit in limits.split(","))) if band else None
    except ValueError:
        raise BangfuError("A band is FIELD:LIMIT,LIMIT in whole yuan, such as personal_amount:3000,10000.") from None
    return Payload(reason, month, told)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BangfuError(f"{text} is no day such as 2027-12-31.") from None


def _today() -> date:
    from bangfu.china_time import CHINA

    return datetime.now(CHINA).date()

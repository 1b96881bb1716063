"""What a clerk is shown before and after (核对内容): the agreement, the file as recognised, what leaves, what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bangfu.federation.payload import band_label
from schemas.agreement import REASONS, Role
from schemas.fields import FIELDS
from schemas.vocabulary import PURPOSES, REJECT_REASONS, RejectCode

if TYPE_CHECKING:
    from bangfu.encoder.dialogue import Dialogue
    from bangfu.encoder.encoding import Writing
    from bangfu.encoder.preparing import Prepared
    from bangfu.federation.packages import Package
    from schemas.agreement import Agreement

__all__ = ["show_agreement", "show_package", "show_prepared"]

_KINDS = {"xlsx": "Excel", "xls": "Excel", "text": "CSV"}


def show_agreement(dialogue: Dialogue, agreement: Agreement) -> None:
    """Tell what an agreement says."""
    chinese = dialogue.language == "zh"
    names = {str(role): agreement.party(role).name for role in Role}
    dialogue.pair("id", agreement.id)
    dialogue.pair(
        "between",
        dialogue.words("parties", union=names["union"], department=names["department"], unit=names["matching_unit"]),
    )
    purpose = PURPOSES[agreement.purpose]
    dialogue.pair("purpose", purpose.zh if chinese else purpose.en)
    basis = agreement.legal_basis
    dialogue.pair("basis", f"{basis.kind} {basis.document} {basis.number}")
    dialogue.pair("valid", dialogue.words("until", first=agreement.valid_from, last=agreement.valid_until))
    method = {
        "profile": dialogue.words("strict" if agreement.encoding.get("profile") == "strict" else "standard"),
        "digest": agreement.digest.upper(),
        "epoch": agreement.epoch,
    }
    dialogue.pair("method", dialogue.words("method_told", **method))


def show_prepared(dialogue: Dialogue, prepared: Prepared, agreement: Agreement) -> None:
    """Tell how a file was understood, what of it leaves and what stays."""
    report = prepared.report
    dialogue.heading("recognised")
    kind = _KINDS.get(report.kind, report.kind)
    dialogue.item(dialogue.words("kind", kind=kind, rows=f"{report.rows:,}", persons=f"{report.persons:,}"))
    for code, count in prepared.rejected.items():
        zh, en = REJECT_REASONS[RejectCode(code)]
        dialogue.item(dialogue.words("rejected", count=f"{count:,}", why=zh if dialogue.language == "zh" else en))
    dialogue.item(dialogue.words("usable", count=f"{prepared.rows.height:,}"))
    if prepared.absent:
        dialogue.item(dialogue.words("absent", fields=_names(dialogue, prepared.absent)))
    dialogue.heading("leaves")
    separator = "、" if dialogue.language == "zh" else ", "
    fields = separator.join(_header(dialogue, name, header) for name, header in prepared.encoded.items())
    dialogue.item(dialogue.words("as_tokens", fields=fields))
    if prepared.payload is not None:
        _show_payload(dialogue, prepared, agreement)
    dialogue.heading("stays")
    dialogue.item(dialogue.words("stays_rows"))
    if prepared.kept:
        dialogue.item(dialogue.words("stays_columns", columns=separator.join(prepared.kept)))
    dialogue.item(dialogue.words("stays_table"))


def show_package(dialogue: Dialogue, package: Package, writing: Writing) -> None:
    """Tell what was written, what to hand over and what to keep."""
    dialogue.line()
    dialogue.tell("hand_over")
    dialogue.line(f"    {writing.folder}")
    dialogue.item(dialogue.words("records", count=f"{package.counts['records']:,}"))
    dialogue.item(f"{dialogue.words('sha256')} {package.sha256[:16]}…")
    dialogue.tell("keep")
    dialogue.line(f"    {writing.rows}")


def _show_payload(dialogue: Dialogue, prepared: Prepared, agreement: Agreement) -> None:
    chinese, payload = dialogue.language == "zh", agreement.payload
    reason = REASONS[payload.reason]
    dialogue.item(dialogue.words("reason_told", reason=reason.zh if chinese else reason.en))
    if payload.month:
        dialogue.item(
            dialogue.words("month_told", field=_header(dialogue, payload.month, prepared.told[payload.month]))
        )
    if payload.band:
        labels = [band_label(payload, number, chinese=chinese) for number in range(len(payload.band.limits) + 1)]
        header = _header(dialogue, payload.band.field, prepared.told[payload.band.field])
        dialogue.item(dialogue.words("band_told", field=header, bands=("、" if chinese else ", ").join(labels)))
    if prepared.suppressed:
        dialogue.item(dialogue.words("suppressed", count=f"{prepared.suppressed:,}"))


def _header(dialogue: Dialogue, field: str, header: str) -> str:
    """A column by what it means, and by what the file calls it where that differs."""
    meaning = FIELDS[field].zh if dialogue.language == "zh" else FIELDS[field].en
    return (
        meaning
        if meaning == header
        else f"{meaning}（{header}）"
        if dialogue.language == "zh"
        else f"{meaning} ({header})"
    )


def _names(dialogue: Dialogue, fields: tuple[str, ...]) -> str:
    chinese = dialogue.language == "zh"
    return ("、" if chinese else ", ").join(FIELDS[name].zh if chinese else FIELDS[name].en for name in fields)

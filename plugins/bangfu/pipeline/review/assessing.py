"""Assessing lists and reviewers from their samples (质量评估), for the command line and the dashboard alike."""

from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection

from bangfu.db.samples import audited, audited_versions
from bangfu.db.second_reviews import Pair, reviewed_pairs
from bangfu.errors import Refused
from bangfu.review.assessment import AgreementFigures, MissedFigures, Visits, agreement_figures, missed_figures
from schemas.reference import divisions

__all__ = ["AreaAgreement", "AreaMissed", "MissedReport", "agreement_report", "missed_report"]


@dataclass(frozen=True)
class AreaMissed:
    """One area: `area_code` and its name, and how many households are missed in it."""

    area_code: str
    area: str
    figures: MissedFigures


@dataclass(frozen=True)
class MissedReport:
    """How many households a list misses.

    Attributes:
        list_version: The list.
        versions: Lists that have a sample, the newest first.
        whole: The area that was asked for.
        parts: Its prefectures, where it has several.
    """

    list_version: int
    versions: tuple[int, ...]
    whole: AreaMissed
    parts: tuple[AreaMissed, ...]


@dataclass(frozen=True)
class AreaAgreement:
    """One area: `area_code` and its name, and how far reviewers agree in it."""

    area_code: str
    area: str
    figures: AgreementFigures


def missed_report(connection: Connection, area: str = "53", version: int | None = None) -> MissedReport:
    """Estimate how many households a list misses.

    Args:
        connection: From `portal_session_scope`, or an owner connection.
        area: Code of the province or of a prefecture.
        version: The list; None takes the newest that has a sample.

    Raises:
        Refused: `no_sample`: no list went out with a sample, or not this one.
    """
    versions = tuple(audited_versions(connection))
    if not versions or (version is not None and version not in versions):
        raise _no_sample(version, versions)
    chosen = versions[0] if version is None else version
    strata = [
        (
            item.prefecture,
            Visits(_name(item.prefecture), item.frame, item.sample + item.stand_ins, item.outcomes, item.stand_ins),
        )
        for item in audited(connection, area, chosen)
    ]
    whole = AreaMissed(area, _name(area), missed_figures([visits for _, visits in strata]))
    parts = [AreaMissed(code, visits.name, missed_figures([visits])) for code, visits in strata]
    return MissedReport(chosen, versions, whole, tuple(parts) if len(area) == 2 else ())


def agreement_report(connection: Connection, area: str = "53") -> tuple[AreaAgreement, ...]:
    """How far reviewers agree: in the area, then in its prefectures, or in the counties of one.

    Args:
        connection: From `portal_session_scope`, or an owner connection.
        area: Division code of 2, 4 or 6 digits.
    """
    pairs = reviewed_pairs(connection, area)
    whole = AreaAgreement(area, _name(area), _agreement(pairs))
    digits = len(area) + 2
    if digits > 6:
        return (whole,)
    parts = groupby(pairs, key=lambda pair: pair.county_code[:digits])
    return (whole, *(AreaAgreement(code, _name(code), _agreement(list(own))) for code, own in parts))


def _agreement(pairs: list[Pair]) -> AgreementFigures:
    return agreement_figures((item.first, item.second, item.ruling, item.held) for item in pairs)


def _name(code: str) -> str:
    known = divisions().get(code.ljust(6, "0"))
    return known.short_name if known else code


def _no_sample(version: int | None, versions: tuple[int, ...]) -> Refused:
    if version is not None and versions:
        told = ", ".join(str(number) for number in versions)
        return Refused(
            "no_sample",
            f"第{version}期名单没有抽样核查。有抽样的名单：{told}。",
            f"List {version} has no audit sample; those that have one: {told}.",
        )
    return Refused(
        "no_sample",
        "还没有随名单抽取核查样本，不能估计漏评。发布下一期名单时会抽取（BANGFU_AUDIT_SAMPLE 大于 0）。",
        "No list went out with an audit sample yet, so what is missed cannot be estimated. The next one does, with BANGFU_AUDIT_SAMPLE above 0.",
    )

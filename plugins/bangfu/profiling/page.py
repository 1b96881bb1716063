"""The report of a profile (数据质量报告): one HTML file that needs nothing else, Chinese first, English beside it."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bangfu.china_time import in_china
from bangfu.profiling import views
from bangfu.profiling.histograms import histograms
from bangfu.profiling.labels import reject_label
from bangfu.profiling.reading_account import reading_account
from bangfu.profiling.shapes import Shape
from bangfu.profiling.verdict import verdict
from schemas.fields import FIELDS
from schemas.sources import SOURCES
from schemas.vocabulary import SMALL_COUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bangfu.profiling.drift import Drift
    from bangfu.profiling.labels import Label
    from bangfu.profiling.profile import Profile

__all__ = ["About", "content_security_policy", "render"]

_TEMPLATES = Path(__file__).parent / "templates"

STATUSES: Mapping[str, Label] = MappingProxyType(
    {
        "received": ("已接收", "received"),
        "held": ("待批准", "waits for approval"),
        "accepted": ("已采用", "in use"),
        "standardised": ("已标准化", "standardised"),
        "rejected": ("已拒收", "rejected"),
        "retracted": ("已撤回", "retracted"),
        "expired": ("已到期删除", "deleted at the end of its retention"),
    }
)
"""Where an extract or its delivery may stand."""


@dataclass(frozen=True)
class About:
    """Which extract a report is about.

    Attributes:
        extract_id: The extract.
        delivery_id: The delivery it came in; None where it came without one.
        source: Source code.
        sender: Name of the department or union that sent it; never a person.
        period: What it describes, such as `2026-06`; None where not said.
        revision: 1, or higher for a correction.
        received_at: When it was received.
        status: Where it stands: a key of `STATUSES`.
        previous_extract_id: The extract it is compared with.
    """

    extract_id: str
    delivery_id: str | None
    source: str
    sender: str | None
    period: str | None
    revision: int
    received_at: dt.datetime
    status: str
    previous_extract_id: str | None = None


def render(profile: Profile, drift: Drift, about: About, before: Profile | None = None) -> str:
    """The report as HTML text.

    Args:
        profile: Of the extract.
        drift: Its difference from the previous one.
        about: Which extract it is.
        before: Profile of the previous extract, shown beside this one's.
    """
    source = SOURCES[about.source]
    return (
        _environment()
        .get_template("report.html")
        .render(
            style=Markup(_style()),  # noqa: S704 - the package's own style sheet
            policy=content_security_policy(),
            profile=profile,
            before=before,
            drift=drift,
            about=about,
            source=source,
            limits=source.drift,
            small=SMALL_COUNT,
            status=STATUSES.get(about.status, (about.status, about.status)),
            verdict=verdict(profile, drift, about.status),
            columns=views.columns(profile, before, drift),
            values=views.cards(profile, before, (Shape.IDENTITY, Shape.PHONE, Shape.CODE, Shape.PLACE)),
            histograms=histograms(profile, before),
            amounts=views.cards(profile, before, (Shape.AMOUNT, Shape.NUMBER)),
            texts=views.cards(profile, before, (Shape.TEXT,)),
            repeats=views.repetitions(profile, before),
            rejects=_rejects(profile),
            reading=reading_account(profile.reading),
        )
    )


@cache
def content_security_policy() -> str:
    """The policy under which the report may be served and by which it binds itself: its own style and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _style() -> str:
    return (_TEMPLATES / "report.css").read_text("utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["share"] = share_text
    made.filters["whole"] = lambda number: f"{number:,}"
    made.filters["moment"] = in_china
    return made


def share_text(share: float) -> str:
    """A share with one place, in which little is not nothing and nearly all is not all.

    >>> share_text(0.25), share_text(0.0001), share_text(0.9999), share_text(1)
    ('25.0%', '<0.1%', '>99.9%', '100.0%')
    """
    if 0 < share < 0.0005:
        return "<0.1%"
    return ">99.9%" if 0.9995 <= share < 1 else f"{share:.1%}"


def _rejects(profile: Profile) -> list[tuple[Label, int, list[tuple[Label, int]]]]:
    """Refused rows by reason, most first, each with the fields it concerns."""
    made = []
    for code, rows in sorted(profile.rejects.items(), key=lambda item: -item[1]):
        at = [
            (key.partition("/")[2], number) for key, number in profile.rejects_at.items() if key.startswith(f"{code}/")
        ]
        fields = [
            ((FIELDS[name].zh, FIELDS[name].en), number) for name, number in sorted(at, key=lambda pair: -pair[1])
        ]
        made.append((reject_label(code), rows, fields))
    return made

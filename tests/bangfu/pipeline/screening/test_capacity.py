"""Visiting capacity: the strongest clues of a county, as many as it can visit; what is left out is counted."""

from dataclasses import replace
from pathlib import Path

import pytest
from hand_built import Database, add, member, opened, stay

from bangfu.errors import BangfuError
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.screening.capacity import visiting_capacity
from bangfu.pipeline.screening.screen import screen
from bangfu.pipeline.screening.what_if import replay


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "visits.csv"
    path.write_text("\n".join(("county_code,visits", *lines)), "utf-8")
    return path


def test_no_file_is_no_limit() -> None:
    assert visiting_capacity(None) == {}


def test_a_file_of_the_federation(tmp_path: Path) -> None:
    assert visiting_capacity(written(tmp_path, "530102,3", "533102,0")) == {"530102": 3, "533102": 0}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["530100,3"], "line 2: '530100' is no county"),
        (["530102,-1"], "line 2: `visits`"),
        (["530102,"], "line 2: `visits`"),
        (["530102,1", "530102,2"], "line 3: 530102 is given twice"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, lines: list[str], told: str) -> None:
    with pytest.raises(BangfuError, match=told):
        visiting_capacity(written(tmp_path, *lines))


def test_a_file_without_the_columns_or_none_at_all(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    with pytest.raises(BangfuError, match="cannot be read"):
        visiting_capacity(path)
    path.write_text("county\n530102\n", "utf-8")
    with pytest.raises(BangfuError, match="columns"):
        visiting_capacity(path)


def test_the_strongest_are_kept_and_the_others_counted(database: Database, tmp_path: Path) -> None:
    context = opened(database)
    add(context, "union_roster", [member(n, county_code="530102") for n in range(200)])
    add(context, "medical_settlement", [stay(n, 11_000.0 if n < 10 else 60_000.0, "2026-02-15") for n in range(20)])
    link(context)
    whole = screen(context)
    assert whole.candidates == 20
    limited = replace(context, settings=replace(context.settings, county_visits=written(tmp_path, "530102,12")))
    cut = screen(limited)
    assert (cut.unchanged, cut.candidates, cut.suppressed) == (False, 12, {"capacity": 8})
    assert cut.by_county == {"530102": 12}
    assert replay(context, cut.run_id).same
    assert replay(context, whole.run_id).same

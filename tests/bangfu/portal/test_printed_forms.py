"""The visit form (入户调查表) as it is printed: of one case, and of all that is assigned."""

import io

from pypdf import PdfReader
from sqlalchemy import select

from bangfu.db.trust_models import ExportRecord

from .conftest import Site


def test_the_form_of_one_case(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    page = browser.get(f"/cases/{counties.case(1)}").text
    assert f"/cases/{counties.case(1)}/form.pdf" in page
    answer = browser.get(f"/cases/{counties.case(1)}/form.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    told = "".join(PdfReader(io.BytesIO(answer.content)).pages[0].extract_text().split())
    assert counties.case(1) in told
    assert "陈洁（chen.jie）·五华区总工会" in told
    assert "539001198001010014" not in told
    with counties.database.owner.connect() as connection:
        assert connection.scalar(select(ExportRecord.rows)) == 1


def test_another_countys_officer_gets_none(counties: Site) -> None:
    assert counties.browser("yang.fan").get(f"/cases/{counties.case(1)}/form.pdf").status_code == 404
    assert counties.browser("li.na").get(f"/cases/{counties.case(1)}/form.pdf").status_code == 403


def test_the_forms_of_what_is_assigned(counties: Site) -> None:
    browser = counties.browser("chen.jie")
    form = {"csrf_token": browser.token("/workbook"), "listing": "candidates"}
    assert browser.post("/workbook/forms", data=form).headers["location"].startswith("/workbook?problem=no_forms")
    for number in (1, 2):
        counties.walk(counties.case(number), "receive", "assign", assignee="chen.jie")
    answer = browser.post("/workbook/forms", data=form)
    assert len(PdfReader(io.BytesIO(answer.content)).pages) == 4

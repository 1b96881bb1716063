"""Printed forms, as printed."""

import datetime as dt
import io
import re
from dataclasses import replace

import pytest
from pypdf import PdfReader

from bangfu.review.form.visit import BLANK, Standard, VisitForm, forms_pdf
from schemas.review import REVIEW_LISTS

_MARK = "张敏（wuhua01）· 五华区总工会 · 2026-06-01 09:30 · 批次 b2026q2-530102 · 内部资料，请勿外传"
_FORM = VisitForm(
    "faf38eb4c8dccaf2a0b858b6",
    {
        "name": "岩温罕·𠅤䶮𬭊",
        "sex": "1",
        "ethnic_group": "18",
        "birth_year": "1979",
        "id_number": "539001197901010034",
        "phone": "13800001234",
        "employer": "昆明市第三建筑工程有限公司",
        "address": "昆明市五华区莲华街道学府路12号",
        "registered_address": "西双版纳傣族自治州景洪市勐罕镇",
        "union": "昆明三建工会委员会",
        "prefecture": "昆明市",
        "county": "五华区",
        "township": "莲华街道",
        "due": "2026-06-22",
    },
    ("近12个月住院结算2次，个人负担2.6万—5万元",),
    "2.6万—5万元（2026年1—2季度）",
    Standard(735, "某民发〔2025〕1号", dt.date(2025, 7, 1)),
)
_LONG = replace(
    _FORM,
    values={
        **{code: text * 12 for code, text in _FORM.values.items() if code not in ("sex", "ethnic_group")},
        "county": "双江拉祜族佤族布朗族傣族自治县",
        "prefecture": "西双版纳傣族自治州",
    },
    evidence=_FORM.evidence * 9,
    medical_band="2.6万—5万元（2025年3季度—2026年2季度）",
)


def text_of(content: bytes) -> list[str]:
    """What stands on each page, without spaces and line breaks."""
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


@pytest.fixture(scope="module")
def pages() -> list[str]:
    return text_of(forms_pdf([_FORM], _MARK))


@pytest.mark.parametrize(
    "form", [_FORM, BLANK, _LONG, replace(_LONG, standard=None)], ids=["form", "blank", "long", "long, no L"]
)
def test_every_form_is_a_front_and_a_back(form: VisitForm) -> None:
    front, back = text_of(forms_pdf([form], _MARK))
    assert "困难职工家庭入户调查表" in front
    assert "共同生活的家庭成员" in back
    assert front.endswith("正面")
    assert back.endswith("背面")


@pytest.mark.parametrize("flow", REVIEW_LISTS)
def test_every_kind_of_list_prints_its_own_outcomes(flow: str) -> None:
    back = text_of(forms_pdf([replace(_FORM, flow=flow)], _MARK))[1]
    assert all("".join(f"{code.code}{code.zh}".split()) in back for code in REVIEW_LISTS[flow].outcomes.codes)
    assert ("40、41不影响" in back) is (flow == "candidates")


def test_several_forms_come_in_one_file() -> None:
    pages = text_of(forms_pdf([_FORM, BLANK, _FORM], _MARK))
    assert len(pages) == 6
    assert ["岩温罕" in page for page in pages] == [True, True, False, False, True, True]


def test_rare_characters_are_intact(pages: list[str]) -> None:
    """Characters of Extension A, B and E, and the dots of names; each has its glyph and its code."""
    assert "岩温罕·𠅤䶮𬭊" in pages[0]
    assert "岩温罕·𠅤䶮𬭊" in pages[1]


def test_an_identity_number_is_printed_masked_with_room_for_its_end(pages: list[str]) -> None:
    assert "539001197901010034" not in "".join(pages)
    assert "5390************34" in pages[0]
    assert "末4位" in pages[0]


def test_the_formula_is_there_with_the_standard_where_it_is_known(pages: list[str]) -> None:
    assert "m1＝（Y－①－②－③－④）÷12÷n＝" in pages[1]
    assert "ρ＝（①＋②＋③＋⑤）÷Y×100＝" in pages[1]
    assert "L＝735元/月（某民发〔2025〕1号，2025年07月01日起执行）" in pages[1]
    unknown = text_of(forms_pdf([replace(_FORM, standard=None)], _MARK))[1]
    assert "L＝元/月（文号）" in unknown


def test_a_band_is_a_hint_and_the_amount_stays_blank(pages: list[str]) -> None:
    assert "系统仅有区间：2.6万—5万元（2026年1—2季度）" in pages[1]


def test_nothing_asks_for_a_diagnosis(pages: list[str]) -> None:
    assert not re.search("诊断|病名|何种疾病", "".join(pages))
    assert "不写病种" in pages[1]


def test_every_page_names_who_printed_it(pages: list[str]) -> None:
    assert all("".join(_MARK.split()) in page for page in pages)


def test_text_is_large_enough_to_read_and_to_photocopy() -> None:
    sizes: set[float] = set()

    def visit(text: str, _cm: list[float], matrix: list[float], _font: object, size: float) -> None:
        if text.strip():
            sizes.add(round(abs(size * matrix[3]), 2))

    for page in PdfReader(io.BytesIO(forms_pdf([_FORM], _MARK))).pages:
        page.extract_text(visitor_text=visit)
    assert min(sizes) >= 10.5


def test_fonts_are_in_the_file() -> None:
    reader = PdfReader(io.BytesIO(forms_pdf([_FORM], _MARK)))
    names = {str(font["/BaseFont"]) for page in reader.pages for font in (ref.get_object() for ref in page["/Resources"]["/Font"].values())}  # fmt: skip
    assert names
    assert all(re.fullmatch(r"/[A-Z]{6}\+Noto(Serif|Sans).*", name) for name in names), names


def test_the_same_forms_are_the_same_files_and_another_case_has_another_code() -> None:
    one, again, other = (forms_pdf([form], _MARK) for form in (_FORM, _FORM, replace(_FORM, case_id="0" * 24)))
    assert one == again
    assert drawn(one) != drawn(other)
    assert drawn(forms_pdf([replace(_FORM, evidence=("另一句话",))], _MARK)) == drawn(one), "text alone is no drawing"


def drawn(content: bytes) -> bytes:
    """Lines, areas and pictures of the first page: the code among them, no text."""
    page = PdfReader(io.BytesIO(content)).pages[0]
    contents, pictures = page.get_contents(), b"".join(picture.data for picture in page.images)
    assert contents is not None
    return re.sub(rb"BT.*?ET", b"", contents.get_data(), flags=re.DOTALL) + pictures


def test_no_forms_is_no_page_of_anybody() -> None:
    assert all("岩温罕" not in page for page in text_of(forms_pdf([], _MARK)))

"""The account of reading: only what there is to tell, the odd marked."""

from bangfu.profiling import Reading
from bangfu.profiling.reading_account import Line, reading_account


def test_a_plain_workbook_has_little_to_tell() -> None:
    assert reading_account(Reading(kind="xlsx", sheets=1, rows=1_200, persons=1_200)) == [
        Line("文件", "file", "Excel 工作簿（xlsx）", "Excel workbook (xlsx)"),
        Line("有数据的工作表", "sheets with a table", "1", ""),
        Line("数据行（报送单位口径）", "data rows as the sender counts", "1,200", ""),
    ]


def test_a_text_that_was_cut_off_and_a_forbidden_column_are_odd() -> None:
    reading = Reading(
        kind="text", container="zip", encoding="gb18030", ends_cleanly=False, sheets=1, rows=9, persons=12,
        private_use_characters=2, forbidden=("银行卡号",), unlisted=("序号", "备注"), hidden_headers=1,
    )  # fmt: skip
    told = {line.zh: (line.value_zh, line.odd) for line in reading_account(reading)}
    assert told == {
        "文件": ("文本（CSV/TSV），压缩包内", False),
        "字符编码": ("gb18030", False),
        "文件末尾": ("没有换行，可能被截断", True),
        "有数据的工作表": ("1", False),
        "数据行（报送单位口径）": ("9", False),
        "拆出的人员行": ("12", False),
        "造字（只有报送方字库认识）": ("2", True),
        "禁止报送的列，已丢弃": ("银行卡号", True),
        "未登记的列，已丢弃": ("序号、备注", False),
        "疑似数据的表头，不列出": ("1", True),
    }

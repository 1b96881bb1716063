"""The errors a user can act on.

Anything else that is raised is a defect of the program and keeps its traceback.
Messages carry ids, counts, paths and setting names, never personal values.
"""

__all__ = ["BangfuError", "Refused"]


class BangfuError(Exception):
    """Something the user can put right; the message says what happened and what to do.

    The command line prints the message alone and leaves with `exit_code`.
    """

    exit_code = 1


class Refused(BangfuError):  # noqa: N818  (a decision, not a failure)
    """Input that is refused for a stated reason (拒收): an extract, a workbook, a column.

    Attributes:
        code: Stable reason code for machines and statistics, such as `unreadable_workbook`.
        zh: The reason in Chinese, shown on receipts.
        en: The same reason in English.

    >>> str(Refused("empty_extract", "文件中没有数据行", "The file holds no data row."))
    'The file holds no data row. 文件中没有数据行 (empty_extract)'
    """

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(code, zh, en)
        self.code = code
        self.zh = zh
        self.en = en

    def __str__(self) -> str:
        return f"{self.en} {self.zh} ({self.code})"

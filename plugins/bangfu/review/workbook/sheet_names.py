"""Names of the sheets (工作表名)."""

__all__ = ["CODE_SHEET", "GUIDE_SHEET", "LIST_SHEET", "MEMBER_SHEET"]

GUIDE_SHEET = "说明"
LIST_SHEET = "名单"
MEMBER_SHEET = "家庭成员"
CODE_SHEET = "字典"

"""Texts of the papers of a case, in Chinese and English (附件的文案)."""

from collections.abc import Mapping
from types import MappingProxyType

from bangfu.portal.delivery_texts import Text

__all__ = ["ATTACHMENT_TEXTS"]

ATTACHMENT_TEXTS: Mapping[str, Text] = MappingProxyType(
    {
        "paper.title": Text("附件材料", "Papers"),
        "paper.none": Text("还没有附件。", "No paper yet."),
        "paper.kind": Text("材料类别", "What paper"),
        "paper.file": Text("文件（扫描件或照片）", "File (a scan or a photograph)"),
        "paper.add": Text("上传附件", "Add the paper"),
        "paper.hint": Text(
            "PDF、JPG 或 PNG，不超过 {most} MB；加密保存，谁看过都有记录。请勿上传病历、诊断和未成年人照片。",
            "PDF, JPG or PNG of at most {most} MB; kept encrypted, and who opens it is recorded. No medical records, no "
            "diagnoses, no photographs of minors.",
        ),
        "paper.remove": Text("删除", "Remove"),
        "paper.remove_named": Text("删除：{name}", "Remove: {name}"),
        "action.attachment": Text("打开附件", "paper opened"),
        "action.attachment_added": Text("上传附件", "paper added"),
        "action.attachment_removed": Text("删除附件", "paper removed"),
    }
)
"""By key."""

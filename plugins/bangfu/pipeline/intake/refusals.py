"""Why deliveries are refused (拒收理由): each reason with what the sender can do, in Chinese and English.

Reasons that lie in a file's content come from `bangfu.readers`; those of the law from `bangfu.pipeline.intake.lawful`.
"""

from bangfu.errors import Refused
from schemas.source import Source

__all__ = [
    "digest_differs",
    "incomplete_delivery",
    "manifest_required",
    "revision_taken",
    "rows_differ",
    "unfinished_text",
    "wrong_source",
]


def rows_differ(stated: int, read: int) -> Refused:
    """The manifest states another number of data rows than were read."""
    return Refused(
        "rows_differ",
        f"报送清单写明 {stated} 行数据，实际读到 {read} 行；请核对文件是否完整、清单行数是否不含表头和合计行",
        f"The manifest states {stated} data rows, {read} were read; check that the file is complete and that headings "
        "and totals are not counted.",
    )


def digest_differs() -> Refused:
    """The bytes are not those that the manifest states."""
    return Refused(
        "digest_differs",
        "文件内容与报送清单的摘要不符，可能在传输中损坏；请重新生成清单并上传",
        "The bytes are not those the manifest states (sha256); make the manifest again and send both.",
    )


def unfinished_text() -> Refused:
    """A text without a manifest whose last line does not end."""
    return Refused(
        "unfinished_text",
        "文件末行没有换行，可能没有传完；请重新导出，并附报送清单 manifest.json",
        "The last line has no line end, so the file may be cut off; export it again and send a manifest.",
    )


def incomplete_delivery() -> Refused:
    """What a manifest lists, or the manifest itself, never came."""
    return Refused(
        "incomplete_delivery",
        "报送不完整：规定时间内没有收齐报送清单 manifest.json 和其中列出的文件；请全部重新上传，清单最后上传",
        "The delivery stayed incomplete: its manifest or files that it lists never came; send all again, the manifest last.",
    )


def manifest_required() -> Refused:
    """The source takes no files without a manifest."""
    return Refused(
        "manifest_required",
        "此类数据必须附报送清单 manifest.json；请用报送工具或门户上传",
        "Data of this source needs a manifest.json; use the upload page or the command.",
    )


def wrong_source(source: Source) -> Refused:
    """The manifest is about another source."""
    return Refused(
        "wrong_source",
        f"报送清单写的不是《{source.zh}》；请放入对应的目录",
        f"The manifest is not about the {source.en}; put it where it belongs.",
    )


def revision_taken(revision: int) -> Refused:
    """The revision of the period came before with other content."""
    return Refused(
        "revision_taken",
        f"该期间的第 {revision} 版已收到过不同内容；更正请使用下一个版次",
        f"Revision {revision} of the period came before with other content; send a correction as the next one.",
    )

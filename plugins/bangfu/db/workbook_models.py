"""The table of uploads between preview and import (待导入的上传); see `bangfu.db.models`."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from bangfu.db.models import Base

__all__ = ["WorkbookUpload"]


class WorkbookUpload(Base):
    """An uploaded workbook until it is applied, then its receipt; encrypted under a key the database does not have."""

    __tablename__ = "workbook_upload"
    __table_args__ = (CheckConstraint("upload_id ~ '^[0-9a-f]{32}$'", name="upload_id_form"), Index(None, "expires_at"))

    upload_id: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(ForeignKey("app_user.username", ondelete="CASCADE"))
    flow: Mapped[str]
    uploaded_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    content: Mapped[bytes] = mapped_column(LargeBinary)

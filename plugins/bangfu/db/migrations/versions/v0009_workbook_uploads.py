"""Uploaded workbooks between preview and import: an account's own, encrypted, and gone after a while.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SECURITY = """
-- An upload is its account's alone, and nobody's once its time is over, deleted or not.
ALTER TABLE workbook_upload ENABLE ROW LEVEL SECURITY;
ALTER TABLE workbook_upload FORCE ROW LEVEL SECURITY;
CREATE POLICY workbook_upload_owner ON workbook_upload TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY workbook_upload_portal ON workbook_upload TO {portal}
    USING (username = portal_user() AND portal_person_area() IS NOT NULL AND expires_at > clock_timestamp())
    WITH CHECK (username = portal_user() AND portal_person_area() IS NOT NULL);
GRANT SELECT, INSERT (upload_id, username, flow, expires_at, content), UPDATE (expires_at, applied_at, content), DELETE
    ON workbook_upload TO {portal};

-- The portal removes what has expired, everybody's, without seeing it.
CREATE FUNCTION portal_purge_uploads() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DELETE FROM public.workbook_upload WHERE expires_at <= clock_timestamp()
$$;
REVOKE ALL ON FUNCTION portal_purge_uploads() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_purge_uploads() TO {portal};
"""


def upgrade(portal_role: str) -> None:
    """Make the table and say whose an upload is."""
    op.create_table(
        "workbook_upload",
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("upload_id ~ '^[0-9a-f]{32}$'", name=op.f("ck_workbook_upload_upload_id_form")),
        sa.ForeignKeyConstraint(
            ["username"], ["app_user.username"], name=op.f("fk_workbook_upload_username_app_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_workbook_upload")),
    )
    op.create_index(op.f("ix_workbook_upload_expires_at"), "workbook_upload", ["expires_at"])
    op.execute(_SECURITY.format(portal=portal_role))


def downgrade(portal_role: str) -> None:  # noqa: ARG001  (every migration is called alike)
    """Forget uploads."""
    op.execute("DROP FUNCTION portal_purge_uploads()")
    op.drop_table("workbook_upload")

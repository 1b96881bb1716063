"""Papers kept with a case: encrypted, and seen by whoever may see the case.

Revision ID: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SECURITY = """
-- A paper is seen with its case, added to an open one under the own name, and removed by who added it as long as it is open.
ALTER TABLE case_attachment ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_attachment FORCE ROW LEVEL SECURITY;
CREATE POLICY case_attachment_owner ON case_attachment TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY case_attachment_read ON case_attachment FOR SELECT TO {portal}
    USING (EXISTS (SELECT FROM review_case r WHERE r.case_id = case_attachment.case_id));
CREATE POLICY case_attachment_add ON case_attachment FOR INSERT TO {portal}
    WITH CHECK (username = portal_user()
        AND EXISTS (SELECT FROM review_case r WHERE r.case_id = case_attachment.case_id AND r.ended_at IS NULL));
CREATE POLICY case_attachment_remove ON case_attachment FOR DELETE TO {portal}
    USING (username = portal_user()
        AND EXISTS (SELECT FROM review_case r WHERE r.case_id = case_attachment.case_id AND r.ended_at IS NULL));
GRANT SELECT, INSERT, DELETE ON case_attachment TO {portal};
"""


def upgrade(portal_role: str) -> None:
    """Make the table and say who sees, adds and removes."""
    op.create_table(
        "case_attachment",
        sa.Column("attachment_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("attachment_id ~ '^[0-9a-f]{32}$'", name=op.f("ck_case_attachment_attachment_id_form")),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["review_case.case_id"],
            name=op.f("fk_case_attachment_case_id_review_case"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_case_attachment")),
    )
    op.create_index(op.f("ix_case_attachment_case_id"), "case_attachment", ["case_id"])
    op.execute(_SECURITY.format(portal=portal_role))


def downgrade(portal_role: str) -> None:  # noqa: ARG001  (every migration is called alike)
    """Forget the papers."""
    op.drop_table("case_attachment")

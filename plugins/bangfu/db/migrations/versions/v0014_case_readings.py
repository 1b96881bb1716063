"""Which version of a case each account has read, so that its page says what is new.

Revision ID: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SECURITY = """
-- What somebody has read is their own, of cases they may see.
ALTER TABLE case_reading ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_reading FORCE ROW LEVEL SECURITY;
CREATE POLICY case_reading_owner ON case_reading TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY case_reading_portal ON case_reading TO {portal}
    USING (username = portal_user() AND portal_person_area() IS NOT NULL)
    WITH CHECK (username = portal_user() AND EXISTS (SELECT FROM review_case r WHERE r.case_id = case_reading.case_id));
GRANT SELECT, INSERT, UPDATE (version, read_at, former_version, former_at) ON case_reading TO {portal};
"""


def upgrade(portal_role: str) -> None:
    """Make the table and say whose a reading is."""
    op.create_table(
        "case_reading",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("former_version", sa.Integer(), nullable=False),
        sa.Column("former_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["username"], ["app_user.username"], name=op.f("fk_case_reading_username_app_user"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["review_case.case_id"], name=op.f("fk_case_reading_case_id_review_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("username", "case_id", name=op.f("pk_case_reading")),
    )
    op.create_index(op.f("ix_case_reading_case_id"), "case_reading", ["case_id"])
    op.execute(_SECURITY.format(portal=portal_role))


def downgrade(portal_role: str) -> None:  # noqa: ARG001  (every migration is called alike)
    """Forget who has read what."""
    op.drop_table("case_reading")

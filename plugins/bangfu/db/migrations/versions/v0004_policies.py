"""Versions of rule sets and parameters, each entered by one person and approved by another.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FIXED = """
-- What was entered stays as it is: a run is repeated with it. Nor is an approval taken back or given again.
CREATE FUNCTION policy_version_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.version_id, NEW.kind, NEW.digest, NEW.content, NEW.origin, NEW.valid_from, NEW.valid_to)
        IS DISTINCT FROM
        (OLD.version_id, OLD.kind, OLD.digest, OLD.content, OLD.origin, OLD.valid_from, OLD.valid_to)
        OR OLD.approved_by IS NOT NULL THEN
        RAISE EXCEPTION 'a version of rules or parameters cannot be changed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER policy_version_fixed BEFORE UPDATE OR DELETE ON policy_version
FOR EACH ROW EXECUTE FUNCTION policy_version_is_fixed();
"""


def upgrade(portal_role: str) -> None:  # noqa: ARG001  (the portal does not read it)
    """Make the table."""
    op.create_table(
        "policy_version",
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("entered_by", sa.Text(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('rules', 'parameters')", name=op.f("ck_policy_version_kind_known")),
        sa.CheckConstraint(
            "approved_by IS NULL OR (entered_by IS NOT NULL AND lower(approved_by) <> lower(entered_by))",
            name=op.f("ck_policy_version_two_persons"),
        ),
        sa.CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)", name=op.f("ck_policy_version_approved_at_known")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["app_user.username"], name=op.f("fk_policy_version_entered_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["app_user.username"], name=op.f("fk_policy_version_approved_by_app_user")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_policy_version")),
    )
    op.execute(_FIXED)


def downgrade(portal_role: str) -> None:  # noqa: ARG001
    """Forget all versions."""
    op.drop_table("policy_version")
    op.execute("DROP FUNCTION policy_version_is_fixed()")

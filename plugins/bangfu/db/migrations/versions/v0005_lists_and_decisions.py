"""Lists beside the clues, and the decisions that screening reads.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade(portal_role: str) -> None:  # noqa: ARG001  (the portal reads neither)
    """Make the tables."""
    op.create_table(
        "list_entry",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("list_code", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("roster_record_id", sa.Text(), nullable=True),
        sa.Column("files", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("county_code ~ '^[0-9]{6}$'", name=op.f("ck_list_entry_county_code_form")),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["candidate_list.run_id"],
            name=op.f("fk_list_entry_run_id_candidate_list"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_list_entry")),
    )
    op.create_index(
        op.f("ix_list_entry_run_id_list_code_county_code"), "list_entry", ["run_id", "list_code", "county_code"]
    )
    op.create_table(
        "visit_decision",
        sa.Column("decision_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("candidate_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("evidence_digest", sa.Text(), nullable=True),
        sa.Column("referral_consent", sa.Boolean(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("evidence_digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_visit_decision_evidence_digest_form")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_visit_decision")),
    )
    op.create_index(op.f("ix_visit_decision_candidate_id"), "visit_decision", ["candidate_id"])


def downgrade(portal_role: str) -> None:  # noqa: ARG001
    """Forget lists and decisions."""
    op.drop_table("visit_decision")
    op.drop_table("list_entry")

"""Draws and what came of them: blind second reviews, audit visits of members on no list.

Revision ID: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SECURITY = """
-- The area whose samples may be judged: NULL for a role that judges none.
CREATE FUNCTION portal_assessment_area() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT portal_area() WHERE portal_user() IS NOT NULL
        AND portal_role() IN ('prefecture_officer', 'province_officer', 'auditor')
$$;

-- Whether the account works on cases of a county or of a union of the other tree, and so may be sent for a second look.
CREATE FUNCTION portal_reviews() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT portal_role() IN ('county_officer', 'approver') AND (length(portal_area()) = 6 OR portal_union() <> '*')
$$;

ALTER TABLE random_draw ENABLE ROW LEVEL SECURITY;
ALTER TABLE random_draw FORCE ROW LEVEL SECURITY;
CREATE POLICY random_draw_owner ON random_draw TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY random_draw_portal ON random_draw FOR SELECT TO {portal}
    USING (list_version IS NOT NULL AND starts_with(area_code, (SELECT portal_assessment_area())));
GRANT SELECT (purpose, area_code, frame, sample, list_version) ON random_draw TO {portal};

ALTER TABLE audit_result ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_result FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_result_owner ON audit_result TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY audit_result_portal ON audit_result FOR SELECT TO {portal}
    USING (starts_with(county_code, (SELECT portal_assessment_area())));
GRANT SELECT (list_version, county_code, outcome) ON audit_result TO {portal};

-- How two outcomes compare is seen by who judges samples, and with the case once both were given.
ALTER TABLE second_review ENABLE ROW LEVEL SECURITY;
ALTER TABLE second_review FORCE ROW LEVEL SECURITY;
CREATE POLICY second_review_owner ON second_review TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY second_review_portal ON second_review FOR SELECT TO {portal} USING (
    starts_with(county_code, (SELECT portal_assessment_area()))
    OR (second_outcome IS NOT NULL
        AND EXISTS (SELECT FROM review_case WHERE review_case.case_id = second_review.case_id))
);
GRANT SELECT (case_id, first_case_id, county_code, first_outcome, second_outcome, ruling, held) ON second_review TO {portal};

-- Whether the account had a hand in a case that is looked at a second time.
CREATE FUNCTION portal_had_a_hand(of_case text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.second_review s
        WHERE s.first_case_id = of_case AND public.portal_user() = ANY (s.involved))
$$;
REVOKE ALL ON FUNCTION portal_had_a_hand(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_had_a_hand(text) TO {portal};

-- While the second look goes on, whoever may take it sees nothing of the first; its events are hidden with the case.
CREATE POLICY review_case_blind ON review_case AS RESTRICTIVE FOR SELECT TO {portal}
    USING (NOT blind OR NOT coalesce((SELECT portal_reviews()), true) OR portal_had_a_hand(case_id));
"""


def upgrade(portal_role: str) -> None:
    """Make the tables and say who sees what."""
    op.add_column("review_case", sa.Column("blind", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "random_draw",
        sa.Column("draw_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("push", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("frame_digest", sa.Text(), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("share", sa.Double(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("list_version", sa.Integer(), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("sample BETWEEN 0 AND frame", name=op.f("ck_random_draw_sample_range")),
        sa.CheckConstraint("frame_digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_random_draw_frame_digest_form")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["candidate_list.run_id"], name=op.f("fk_random_draw_run_id_candidate_list"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("draw_id", name=op.f("pk_random_draw")),
    )
    op.create_index("uq_random_draw_of_run", "random_draw", ["run_id", "purpose"], unique=True)
    op.create_table(
        "audit_result",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_audit_result")),
    )
    op.create_table(
        "second_review",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("first_case_id", sa.Text(), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("involved", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("first_outcome", sa.Text(), nullable=False),
        sa.Column("second_outcome", sa.Text(), nullable=True),
        sa.Column("ruling", sa.Text(), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ruling IN ('first', 'second')", name=op.f("ck_second_review_ruling_known")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_second_review")),
    )
    op.create_index("uq_second_review_first", "second_review", ["first_case_id"], unique=True)
    op.create_index(op.f("ix_second_review_county_code"), "second_review", ["county_code"])
    op.execute(_SECURITY.format(portal=portal_role))


def downgrade(portal_role: str) -> None:  # noqa: ARG001  (every migration is called alike)
    """Forget samples; every case is seen again by its whole county."""
    op.execute("DROP POLICY review_case_blind ON review_case")
    op.execute("DROP FUNCTION portal_had_a_hand(text)")
    for table in ("second_review", "audit_result", "random_draw"):
        op.drop_table(table)
    op.execute("DROP FUNCTION portal_reviews(), portal_assessment_area()")
    op.drop_column("review_case", "blind")

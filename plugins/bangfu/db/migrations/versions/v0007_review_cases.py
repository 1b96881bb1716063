"""Cases of review and what happened to them; officers see cases, and candidates no longer.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at IS NULL")

_SECURITY = """
-- Whether the account took the last step of a case not long ago, and may take it back.
CREATE FUNCTION portal_stepped(of_case text, number integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.case_event e
        WHERE e.case_id = of_case AND e.version = number AND e.username = current_setting('bangfu.user', true)
            AND e.at > now() - interval '10 minutes')
$$;
REVOKE ALL ON FUNCTION portal_stepped(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_stepped(text, integer) TO {portal};

-- A case is seen where it is worked on, where another county asks for it to be taken over, and by who has just sent it away.
ALTER TABLE review_case ENABLE ROW LEVEL SECURITY;
ALTER TABLE review_case FORCE ROW LEVEL SECURITY;
CREATE POLICY review_case_owner ON review_case TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY review_case_portal ON review_case TO {portal}
    USING (portal_may_see(county_code, owner_union, (SELECT portal_person_area()), (SELECT portal_union()))
        OR portal_may_see(asked_county, NULL, (SELECT portal_person_area()), (SELECT portal_union()))
        OR portal_stepped(case_id, version));
GRANT SELECT ON review_case TO {portal};
GRANT UPDATE (state, version, assignee, held_by, held_until, changed_at, due_at, soon_at, waits_until, seen_at, ended_at,
    outcome, county_code, asked_county) ON review_case TO {portal};

-- What happened to a case is seen with the case, added to in one's own name, and never changed.
ALTER TABLE case_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_event FORCE ROW LEVEL SECURITY;
CREATE POLICY case_event_owner ON case_event TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY case_event_portal ON case_event TO {portal}
    USING (EXISTS (SELECT FROM review_case WHERE review_case.case_id = case_event.case_id))
    WITH CHECK (username = current_setting('bangfu.user', true)
        AND EXISTS (SELECT FROM review_case WHERE review_case.case_id = case_event.case_id));
GRANT SELECT, INSERT (case_id, version, at, username, role, area_code, step, detail, key) ON case_event TO {portal};

-- Who works at the same desk, to assign cases to; names and nothing else.
CREATE FUNCTION portal_colleagues() RETURNS TABLE (username text, display_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT a.username, a.display_name FROM public.app_user a
    WHERE a.active AND a.role IN ('county_officer', 'approver')
        AND a.area_code = public.portal_person_area() AND coalesce(a.union_name, '*') = public.portal_union()
    ORDER BY a.username
$$;
REVOKE ALL ON FUNCTION portal_colleagues() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_colleagues() TO {portal};

-- Names of who had a hand in cases that the account may see.
CREATE FUNCTION portal_names(asked text[]) RETURNS TABLE (username text, display_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT a.username, a.display_name FROM public.app_user a
    WHERE a.username = ANY (asked) AND public.portal_person_area() IS NOT NULL
$$;
REVOKE ALL ON FUNCTION portal_names(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_names(text[]) TO {portal};

-- Officers work on cases; of lists of candidates they see nothing.
DROP POLICY candidate_portal ON candidate;
REVOKE ALL ON candidate FROM {portal};
"""

_BEFORE = """
GRANT SELECT ON candidate TO {portal};
CREATE POLICY candidate_portal ON candidate FOR SELECT TO {portal} USING (
    status = 'published'
    AND portal_may_see(county_code, owner_union, (SELECT portal_person_area()), (SELECT portal_union()))
);
"""


def upgrade(portal_role: str) -> None:
    """Make the tables and say who sees what."""
    op.create_table(
        "review_case",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("owner_union", sa.Text(), nullable=True),
        sa.Column("asked_county", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("held_by", sa.Text(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("soon_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waits_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("list_version", sa.Integer(), nullable=True),
        sa.Column("union_name", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("birth_year", sa.SmallInteger(), nullable=True),
        sa.Column("ethnic_group", sa.Text(), nullable=True),
        sa.Column("id_number", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("employer", sa.Text(), nullable=True),
        sa.Column("files", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("match", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("strength", sa.Double(), nullable=True),
        sa.Column("match_probability", sa.Double(), nullable=True),
        sa.CheckConstraint("case_id ~ '^[0-9a-f]{24}$'", name=op.f("ck_review_case_case_id_form")),
        sa.CheckConstraint("county_code ~ '^[0-9]{6}$'", name=op.f("ck_review_case_county_code_form")),
        sa.CheckConstraint("asked_county ~ '^[0-9]{6}$'", name=op.f("ck_review_case_asked_county_form")),
        sa.CheckConstraint("strength BETWEEN 0 AND 1", name=op.f("ck_review_case_strength_range")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_review_case")),
    )
    op.create_index(
        "uq_review_case_open", "review_case", ["flow", "subject", "county_code"], unique=True, postgresql_where=_OPEN
    )
    op.create_index(op.f("ix_review_case_subject"), "review_case", ["subject"])
    op.create_index("ix_review_case_inbox", "review_case", ["county_code", "due_at", "case_id"], postgresql_where=_OPEN)
    op.create_index(
        "ix_review_case_done",
        "review_case",
        ["county_code", sa.text("ended_at DESC")],
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        "ix_review_case_asked", "review_case", ["asked_county"], postgresql_where=sa.text("asked_county IS NOT NULL")
    )
    op.create_index(
        "ix_review_case_owner",
        "review_case",
        ["owner_union", "due_at"],
        postgresql_where=sa.text("owner_union IS NOT NULL"),
    )
    op.create_index(
        "ix_review_case_to_collect",
        "review_case",
        ["ended_at"],
        postgresql_where=sa.text("ended_at IS NOT NULL AND collected_at IS NULL"),
    )
    op.create_index("ix_review_case_waiting", "review_case", ["waits_until"], postgresql_where=_OPEN)
    op.create_index(
        "ix_review_case_characters", "review_case", [sa.text("string_to_array(name, NULL)")], postgresql_using="gin"
    )
    op.create_table(
        "case_event",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["review_case.case_id"], name=op.f("fk_case_event_case_id_review_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_case_event")),
    )
    op.create_index("uq_case_event_version", "case_event", ["case_id", "version"], unique=True)
    op.create_index(op.f("ix_case_event_at"), "case_event", ["at"])
    op.create_table(
        "visit_result",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("match_probability", sa.Double(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "code", name=op.f("pk_visit_result")),
    )
    op.create_table(
        "match_label",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("roster_record_id", sa.Text(), nullable=True),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "record_id", name=op.f("pk_match_label")),
    )
    op.create_table(
        "data_ticket",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("record_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "source", name=op.f("pk_data_ticket")),
    )
    for name in _PARTICULARS:
        kind = sa.SmallInteger() if name == "birth_year" else sa.Text()
        op.add_column("list_entry", sa.Column(name, kind, nullable=True))
    op.execute(_SECURITY.format(portal=portal_role))


_PARTICULARS = ("owner_union", "union_name", "name", "sex", "birth_year", "ethnic_group", "id_number", "phone", "address", "employer")  # fmt: skip


def downgrade(portal_role: str) -> None:
    """Forget cases; officers see candidates again."""
    op.execute("DROP FUNCTION portal_colleagues(), portal_names(text[])")
    for table in ("data_ticket", "match_label", "visit_result"):
        op.drop_table(table)
    op.drop_table("case_event")
    op.drop_table("review_case")
    op.execute("DROP FUNCTION portal_stepped(text, integer)")
    for name in _PARTICULARS:
        op.drop_column("list_entry", name)
    op.execute(_BEFORE.format(portal=portal_role))

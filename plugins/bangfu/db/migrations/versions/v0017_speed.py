"""What many officers at once need: an index that a list is counted, sorted and searched by, counts that are kept for large
areas, sessions that are not written at every look, colleagues found by an index.

Revision ID: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_LISTED = (
    "asked_county", "owner_union", "version", "blind", "flow", "state", "assignee", "outcome", "ended_at", "soon_at",
    "waits_until", "seen_at", "changed_at", "strength", "name",
)  # fmt: skip

_TALLIES = """
-- Counts of cases are seen as the cases are; an account of one union counts its own itself.
ALTER TABLE case_tally ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_tally FORCE ROW LEVEL SECURITY;
CREATE POLICY case_tally_owner ON case_tally TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY case_tally_portal ON case_tally FOR SELECT TO {portal} USING (
    portal_may_see(county_code, NULL, (SELECT portal_person_area()), (SELECT portal_union()))
);
GRANT SELECT ON case_tally TO {portal};
"""

_STORAGE = """
-- Room on each page for the marks that a look leaves, and a map of what is visible that is never far behind.
ALTER TABLE review_case SET (
    fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02
);
"""

_SESSION = """
-- Who a token belongs to; prolongs the session, in steps of half a minute: not every look is a write.
CREATE OR REPLACE FUNCTION portal_session_use(digest text, wanted_state text, idle interval, longest interval)
RETURNS TABLE (username text, display_name text, role text, area_code text, sources text[], union_name text,
               session_id bigint, csrf_token text, expires_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH found AS (
        SELECT u.username, u.display_name, u.role, u.area_code, u.sources, u.union_name, s.session_id, s.csrf_token,
               s.expires_at, least(now() + idle, s.created_at + longest) AS lasts_until
        FROM public.portal_session AS s JOIN public.app_user AS u ON u.username = s.username
        WHERE s.token_hash = digest AND s.state = wanted_state AND s.revoked_at IS NULL AND s.expires_at > now()
            AND u.active
    ), prolonged AS (
        UPDATE public.portal_session AS s SET expires_at = f.lasts_until FROM found AS f
        WHERE s.session_id = f.session_id AND s.revoked_at IS NULL
            AND f.lasts_until NOT BETWEEN f.expires_at - interval '30 seconds' AND f.expires_at + interval '30 seconds'
        RETURNING s.session_id
    )
    SELECT f.username, f.display_name, f.role, f.area_code, f.sources, f.union_name, f.session_id, f.csrf_token,
           CASE WHEN p.session_id IS NULL THEN f.expires_at ELSE f.lasts_until END
    FROM found AS f LEFT JOIN prolonged AS p USING (session_id)
$$;
"""

_SESSION_BEFORE = """
CREATE OR REPLACE FUNCTION portal_session_use(digest text, wanted_state text, idle interval, longest interval)
RETURNS TABLE (username text, display_name text, role text, area_code text, sources text[], union_name text,
               session_id bigint, csrf_token text, expires_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.portal_session AS s SET expires_at = least(now() + idle, s.created_at + longest)
    FROM public.app_user AS u
    WHERE s.token_hash = digest AND s.state = wanted_state AND s.revoked_at IS NULL AND s.expires_at > now()
        AND u.username = s.username AND u.active
    RETURNING u.username, u.display_name, u.role, u.area_code, u.sources, u.union_name,
              s.session_id, s.csrf_token, s.expires_at
$$;
"""

_COLLEAGUES = """
CREATE OR REPLACE FUNCTION portal_colleagues() RETURNS TABLE (username text, display_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT a.username, a.display_name FROM public.app_user a
    WHERE a.active AND a.role IN ('county_officer', 'approver')
        AND a.area_code = {area} AND coalesce(a.union_name, '*') = {union}
    ORDER BY a.username
$$;
"""


def upgrade(portal_role: str) -> None:
    """Make the index and the table of counts, and take the indexes away that the new one replaces."""
    op.create_index(
        "ix_review_case_lists", "review_case", ["county_code", "due_at", "case_id"], postgresql_include=list(_LISTED)
    )
    op.drop_index("ix_review_case_inbox", "review_case")
    op.drop_index(op.f("ix_review_case_county_code"), "review_case")
    op.execute(_STORAGE)
    op.create_table(
        "case_tally",
        sa.Column("tally_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("late", sa.SmallInteger(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tally_id", name=op.f("pk_case_tally")),
    )
    op.execute(_TALLIES.format(portal=portal_role))
    op.execute(_SESSION)
    op.create_index(op.f("ix_app_user_area_code"), "app_user", ["area_code"])
    op.execute(_COLLEAGUES.format(area="(SELECT public.portal_person_area())", union="(SELECT public.portal_union())"))


def downgrade(portal_role: str) -> None:  # noqa: ARG001  (every migration is called alike)
    """Go back to the indexes and functions before, and forget the counts."""
    op.execute(_COLLEAGUES.format(area="public.portal_person_area()", union="public.portal_union()"))
    op.drop_index(op.f("ix_app_user_area_code"), "app_user")
    op.execute(_SESSION_BEFORE)
    op.drop_table("case_tally")
    op.execute(
        "ALTER TABLE review_case RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor)"
    )
    op.create_index(op.f("ix_review_case_county_code"), "review_case", ["county_code"])
    op.create_index(
        "ix_review_case_inbox",
        "review_case",
        ["county_code", "due_at", "case_id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index("ix_review_case_lists", "review_case")

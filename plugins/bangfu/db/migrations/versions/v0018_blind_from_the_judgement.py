"""A second review is drawn once the visit is confirmed, only the two who judge are hidden from each other; stand-ins of an audit sample.

Revision ID: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TO_DRAW = (
    "flow = 'candidate' AND sampled_at IS NULL AND (ended_at IS NOT NULL "
    "OR state IN ('verified', 'deliberated', 'on_notice', 'noticed', 'approved'))"
)

_OPEN = "compared_at IS NULL AND collected_at IS NULL"

_RANGES = {
    "reserve_range": "reserve BETWEEN 0 AND frame - sample",
    "stand_ins_range": "stand_ins BETWEEN 0 AND reserve",
}

_SECURITY = """
DROP POLICY review_case_blind ON review_case;
DROP FUNCTION portal_had_a_hand(text);

-- Whether a case is hidden from the account: it reviews it a second time, or judged what is reviewed.
CREATE FUNCTION portal_blind_to(of_case text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.second_review s JOIN public.case_event e ON e.case_id = s.case_id
            WHERE s.first_case_id = of_case AND e.detail ->> 'assignee' = public.portal_user())
        OR EXISTS (SELECT FROM public.second_review s
            WHERE s.case_id = of_case AND public.portal_user() = ANY (s.involved))
$$;
REVOKE ALL ON FUNCTION portal_blind_to(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_blind_to(text) TO {portal};

-- Everybody else sees both as usual.
CREATE POLICY review_case_blind ON review_case AS RESTRICTIVE FOR SELECT TO {portal}
    USING (NOT blind OR NOT coalesce((SELECT portal_reviews()), true) OR NOT portal_blind_to(case_id));

-- Nor does who reviews learn from the list of households that the first case was confirmed.
CREATE FUNCTION portal_blind_cases() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(array_agg(s.first_case_id), '{{}}') FROM public.second_review s
    JOIN public.case_event e ON e.case_id = s.case_id
    WHERE s.compared_at IS NULL AND s.collected_at IS NULL AND public.portal_reviews()
        AND (length(public.portal_area()) < 6 OR s.county_code = public.portal_area())
        AND e.detail ->> 'assignee' = public.portal_user()
$$;
REVOKE ALL ON FUNCTION portal_blind_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_blind_cases() TO {portal};
CREATE POLICY helped_household_blind ON helped_household AS RESTRICTIVE FOR SELECT TO {portal}
    USING (case_id IS NULL OR list_version IS NOT NULL OR case_id <> ALL (coalesce((SELECT portal_blind_cases()), '{{}}')));

GRANT SELECT (stand_ins) ON random_draw TO {portal};

-- Whether an account has read the case that a second review is about, since it was visited.
CREATE FUNCTION portal_knows_the_first(of_review text, account text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.second_review s JOIN public.case_reading r ON r.case_id = s.first_case_id
        WHERE s.case_id = of_review AND r.username = account AND r.version >= (
            SELECT max(e.version) FROM public.case_event e WHERE e.case_id = s.first_case_id AND e.step = 'visit'))
        AND EXISTS (SELECT FROM public.review_case c WHERE c.case_id = of_review
            AND public.portal_may_see(c.county_code, c.owner_union, public.portal_person_area(), public.portal_union()))
$$;
REVOKE ALL ON FUNCTION portal_knows_the_first(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_knows_the_first(text, text) TO {portal};
"""

_BEFORE = """
DROP POLICY helped_household_blind ON helped_household;
DROP FUNCTION portal_blind_cases();
DROP FUNCTION portal_knows_the_first(text, text);
DROP POLICY review_case_blind ON review_case;
DROP FUNCTION portal_blind_to(text);
CREATE FUNCTION portal_had_a_hand(of_case text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.second_review s
        WHERE s.first_case_id = of_case AND public.portal_user() = ANY (s.involved))
$$;
REVOKE ALL ON FUNCTION portal_had_a_hand(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_had_a_hand(text) TO {portal};
UPDATE review_case SET blind = false WHERE flow = 'second_review';
CREATE POLICY review_case_blind ON review_case AS RESTRICTIVE FOR SELECT TO {portal}
    USING (NOT blind OR NOT coalesce((SELECT portal_reviews()), true) OR portal_had_a_hand(case_id));
"""


def upgrade(portal_role: str) -> None:
    """Note which cases the lot has been drawn for; hide the two reviews from each other, and from nobody else."""
    op.add_column("review_case", sa.Column("sampled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("second_review", sa.Column("resumed", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    for name in ("reserve", "stand_ins"):
        op.add_column("random_draw", sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False))
    for name, rule in _RANGES.items():
        op.create_check_constraint(op.f(f"ck_random_draw_{name}"), "random_draw", rule)
    op.execute("UPDATE review_case SET sampled_at = collected_at WHERE flow = 'candidate' AND collected_at IS NOT NULL")
    op.execute(
        "UPDATE review_case c SET blind = true FROM second_review s "
        "WHERE s.case_id = c.case_id AND s.compared_at IS NULL AND s.collected_at IS NULL"
    )
    op.create_index("ix_second_review_open", "second_review", ["county_code"], postgresql_where=sa.text(_OPEN))
    op.create_index("ix_review_case_to_draw", "review_case", ["changed_at"], postgresql_where=sa.text(_TO_DRAW))
    op.execute(_SECURITY.format(portal=portal_role))


def downgrade(portal_role: str) -> None:
    """Hide the first case from all who may review it, as before."""
    op.execute(_BEFORE.format(portal=portal_role))
    op.drop_index("ix_second_review_open", "second_review")
    op.drop_index("ix_review_case_to_draw", "review_case")
    for name in _RANGES:
        op.drop_constraint(op.f(f"ck_random_draw_{name}"), "random_draw")
    for name in ("reserve", "stand_ins"):
        op.drop_column("random_draw", name)
    op.drop_column("second_review", "resumed")
    op.drop_column("review_case", "sampled_at")

"""Households that are helped, and the record of who looks after them.

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_CONFIRMED = "('verified', 'deliberated', 'on_notice', 'disputed', 'noticed', 'approved', 'filed')"

_SECURITY = """
-- A household is seen where a case of it would be, and changed by nobody in the portal.
ALTER TABLE helped_household ENABLE ROW LEVEL SECURITY;
ALTER TABLE helped_household FORCE ROW LEVEL SECURITY;
CREATE POLICY helped_household_owner ON helped_household TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY helped_household_portal ON helped_household FOR SELECT TO {portal}
    USING (portal_may_see(county_code, owner_union, (SELECT portal_person_area()), (SELECT portal_union())));
GRANT SELECT ON helped_household TO {portal};

-- Its record is seen with it. A desk of its county or union adds to it in one's own name; how a household left is not its to say.
ALTER TABLE pairing_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE pairing_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY pairing_entry_owner ON pairing_entry TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY pairing_entry_read ON pairing_entry FOR SELECT TO {portal}
    USING (EXISTS (SELECT FROM helped_household h WHERE h.household = pairing_entry.household));
CREATE POLICY pairing_entry_add ON pairing_entry FOR INSERT TO {portal} WITH CHECK (
    username = portal_user() AND portal_role() IN ('county_officer', 'approver')
    AND (length(portal_area()) = 6 OR portal_union() <> '*')
    AND (reason IS NULL OR reason IN ('moved', 'post'))
    AND EXISTS (SELECT FROM helped_household h WHERE h.household = pairing_entry.household AND h.left_on IS NULL));
GRANT SELECT, INSERT (household, number, kind, username, at, day, account, named, way, reason, takes_back)
    ON pairing_entry TO {portal};

-- A clue whose hardship is confirmed is a household that is helped, and is none any more when it is confirmed no longer, as when
-- the step is taken back: whichever program changes the case. What the archive has already stays until the archive says so.
CREATE FUNCTION household_of_case() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF NEW.state IN {confirmed} THEN
        INSERT INTO public.helped_household AS h (household, subject, case_id, county_code, owner_union, union_name, since)
        VALUES (NEW.subject, NEW.subject, NEW.case_id, NEW.county_code, NEW.owner_union, NEW.union_name, today)
        ON CONFLICT (household) DO UPDATE SET case_id = NEW.case_id, county_code = NEW.county_code,
            owner_union = NEW.owner_union, union_name = NEW.union_name, left_on = NULL, left_because = NULL,
            since = CASE WHEN h.left_on IS NULL OR h.left_because = 'unconfirmed' THEN h.since ELSE today END;
    ELSE
        UPDATE public.helped_household SET left_on = today, left_because = 'unconfirmed'
        WHERE case_id = NEW.case_id AND list_version IS NULL AND left_on IS NULL;
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION household_of_case() FROM PUBLIC;
CREATE TRIGGER review_case_household AFTER UPDATE OF state ON review_case FOR EACH ROW
    WHEN (NEW.flow = 'candidate' AND OLD.state IS DISTINCT FROM NEW.state
        AND (OLD.state IN {confirmed} OR NEW.state IN {confirmed}))
    EXECUTE FUNCTION household_of_case();

-- Of accounts that are responsible for households, those that have been closed or given another task: somebody else is needed.
CREATE FUNCTION portal_closed(asked text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT a.username FROM public.app_user a WHERE a.username = ANY (asked) AND public.portal_person_area() IS NOT NULL
        AND (NOT a.active OR a.role NOT IN ('county_officer', 'approver'))
$$;
REVOKE ALL ON FUNCTION portal_closed(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_closed(text[]) TO {portal};

-- What was confirmed before is helped from the day it changed last.
INSERT INTO helped_household (household, subject, case_id, county_code, owner_union, union_name, since)
SELECT DISTINCT ON (subject) subject, subject, case_id, county_code, owner_union, union_name,
    (changed_at AT TIME ZONE 'Asia/Shanghai')::date
FROM review_case WHERE flow = 'candidate' AND state IN {confirmed} ORDER BY subject, opened_at DESC;
"""


def upgrade(portal_role: str) -> None:
    """Make the tables, say who sees what, and begin with the clues that are confirmed."""
    op.create_table(
        "registered_household",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("members", ARRAY(sa.Text()), nullable=False),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("owner_union", sa.Text(), nullable=True),
        sa.Column("union_name", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["candidate_list.run_id"],
            name=op.f("fk_registered_household_run_id_candidate_list"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "household", name=op.f("pk_registered_household")),
    )
    op.create_table(
        "helped_household",
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("owner_union", sa.Text(), nullable=True),
        sa.Column("union_name", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("left_because", sa.Text(), nullable=True),
        sa.CheckConstraint("county_code ~ '^[0-9]{6}$'", name=op.f("ck_helped_household_county_code_form")),
        sa.CheckConstraint(
            "(left_on IS NULL) = (left_because IS NULL)", name=op.f("ck_helped_household_left_because_known")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["review_case.case_id"],
            name=op.f("fk_helped_household_case_id_review_case"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("household", name=op.f("pk_helped_household")),
    )
    op.create_index(
        "ix_helped_household_county",
        "helped_household",
        ["county_code", "household"],
        postgresql_where=sa.text("left_on IS NULL"),
    )
    op.create_index(
        "ix_helped_household_left", "helped_household", ["left_on"], postgresql_where=sa.text("left_on IS NOT NULL")
    )
    for name in ("file", "subject", "case_id"):
        op.create_index(op.f(f"ix_helped_household_{name}"), "helped_household", [name])
    op.create_table(
        "pairing_entry",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("named", sa.Text(), nullable=True),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("takes_back", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('paired', 'released', 'contacted', 'taken_back')", name=op.f("ck_pairing_entry_kind_known")
        ),
        sa.CheckConstraint(
            "kind <> 'paired' OR (account IS NULL) <> (named IS NULL)", name=op.f("ck_pairing_entry_one_person")
        ),
        sa.CheckConstraint("(kind = 'taken_back') = (day IS NULL)", name=op.f("ck_pairing_entry_day_known")),
        sa.CheckConstraint(
            "(kind = 'taken_back') = (takes_back IS NOT NULL)", name=op.f("ck_pairing_entry_taken_back_known")
        ),
        sa.ForeignKeyConstraint(
            ["household"],
            ["helped_household.household"],
            name=op.f("fk_pairing_entry_household_helped_household"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_pairing_entry")),
    )
    op.create_index("uq_pairing_entry_number", "pairing_entry", ["household", "number"], unique=True)
    op.create_index(
        "ix_pairing_entry_person",
        "pairing_entry",
        ["household", "number"],
        postgresql_where=sa.text("kind IN ('paired', 'released')"),
    )
    op.create_index(
        "ix_pairing_entry_contact",
        "pairing_entry",
        ["household", "day"],
        postgresql_where=sa.text("kind = 'contacted'"),
    )
    op.create_index(
        "ix_pairing_entry_taken_back",
        "pairing_entry",
        ["household", "takes_back"],
        postgresql_where=sa.text("takes_back IS NOT NULL"),
    )
    op.execute(_SECURITY.format(portal=portal_role, confirmed=_CONFIRMED))


def downgrade(portal_role: str) -> None:  # noqa: ARG001  (every migration is called alike)
    """Forget households and who looks after them."""
    op.execute("DROP TRIGGER review_case_household ON review_case")
    op.execute("DROP FUNCTION household_of_case(), portal_closed(text[])")
    for table in ("pairing_entry", "helped_household", "registered_household"):
        op.drop_table(table)

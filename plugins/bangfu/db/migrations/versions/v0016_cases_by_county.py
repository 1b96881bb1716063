"""Cases by county, open and ended: an inbox counts both, and the indexes of each alone do not serve that.

Revision ID: 0016
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade(portal_role: str) -> None:  # noqa: ARG001  (every migration is called alike)
    """Add the index."""
    op.create_index(op.f("ix_review_case_county_code"), "review_case", ["county_code"])


def downgrade(portal_role: str) -> None:  # noqa: ARG001  (every migration is called alike)
    """Drop it."""
    op.drop_index(op.f("ix_review_case_county_code"), "review_case")

"""The service's database: PostgreSQL, embedded or given, with row-level security for the portal.

`connection` gives engines, `migrating` makes the tables; `registry` (extracts), `runs`, `candidates`,
`users`, `sessions` and `access` are the queries, plain functions over a SQLAlchemy connection:

    with engine(settings).begin() as connection:
        registry.register_extract(connection, received)
"""

from bangfu.db.connection import (
    PORTAL_ROLE,
    DatabaseUrls,
    database_urls,
    engine,
    portal_engine,
    portal_session_scope,
)

__all__ = ["PORTAL_ROLE", "DatabaseUrls", "database_urls", "engine", "portal_engine", "portal_session_scope"]

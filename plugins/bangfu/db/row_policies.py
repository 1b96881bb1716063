"""The condition that a policy of the portal's role puts on rows about persons (行级安全), for migrations to come.

    CREATE POLICY review_case_portal ON review_case TO {portal} USING ({MAY_SEE}) WITH CHECK ({MAY_SEE})

A table takes it as it stands, and needs `owner` policy, ENABLE and FORCE beside it, as `v0006_trust` shows; a table of events
asks for the row it belongs to: `EXISTS (SELECT FROM review_case WHERE review_case.case_id = case_event.case_id)`.
"""

__all__ = ["MAY_SEE"]

MAY_SEE = "portal_may_see(county_code, owner_union, (SELECT portal_person_area()), (SELECT portal_union()))"
"""Rows whose `county_code` lies in the area of the account in scope, and whose `owner_union` is its union where it has one."""

"""What shows that an account has just uploaded a delivery (上传凭据): the register does not know it yet.

It stands in the address to which an upload leads, so that its page can say "being checked" to the one who uploaded and
nothing to anybody else.
"""

import hmac
import time

from starlette.requests import Request

from bangfu.db.sessions import PortalUser

__all__ = ["address_after_upload", "uploaded_at"]


def address_after_upload(request: Request, department: PortalUser, delivery_id: str) -> str:
    """The page of a delivery that was uploaded now."""
    now = int(time.time())
    return f"/deliveries/{delivery_id}?sent={now}.{_proof(request, department, delivery_id, now)}"


def uploaded_at(request: Request, department: PortalUser, delivery_id: str, sent: str) -> int | None:
    """When this account uploaded this delivery, in seconds since 1970; None where nothing shows that it did."""
    at, _, proof = sent.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 12):
        return None
    right = _proof(request, department, delivery_id, int(at))
    return int(at) if hmac.compare_digest(proof.encode(), right.encode()) else None


def _proof(request: Request, department: PortalUser, delivery_id: str, at: int) -> str:
    told = f"sent:{department.user.username}:{delivery_id}:{at}".encode()
    return hmac.digest(request.app.state.portal.session_key.encode(), told, "sha256").hex()[:32]

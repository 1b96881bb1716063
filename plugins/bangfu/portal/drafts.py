"""Drafts (草稿): what an officer has typed into a step and not sent.

The browser keeps it, not the server: encrypted, in one tab, until it is sent, discarded, logged out or the tab is closed.
The key stands on the pages of the account alone. So whoever sits down at the computer after an idle log-out finds
ciphertext, and the officer who logs in again finds the words.
"""

import hmac

from starlette.requests import Request

from bangfu.db.sessions import PortalUser

__all__ = ["draft_key"]


def draft_key(request: Request, officer: PortalUser) -> str:
    """The key of an account's drafts: 32 bytes in hexadecimal, the same in each of its sessions."""
    told = f"drafts:{officer.user.username}".encode()
    return hmac.digest(request.app.state.portal.session_key.encode(), told, "sha256").hex()

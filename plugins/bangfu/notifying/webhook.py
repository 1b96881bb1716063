"""Signed webhooks by the Standard Webhooks specification 1.0.0 (https://www.standardwebhooks.com).

Headers `webhook-id` (the same whenever a message is sent again), `webhook-timestamp` (of this attempt) and
`webhook-signature` (`v1,` and the base64 of HMAC-SHA256; two of them while a secret is being replaced). Secrets are not
stored: each is made from the installation's key, the union and a version.
"""

import base64
import hmac
import json
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpcore
from standardwebhooks import Webhook

from bangfu.errors import Refused
from bangfu.notifying.connecting import CheckedBackend
from bangfu.notifying.failure import SendError

__all__ = ["SECONDS", "post", "secret_of", "signed"]

SECONDS = 30.0
"""For a whole attempt, from the look-up of the name to the status of the answer."""

_DOWN = frozenset({429, 500, 502, 503, 504})


def secret_of(key: str, union_code: str, version: int) -> str:
    """The secret of a union's webhooks.

    Args:
        key: `settings.secret("webhook-key")`.
        union_code: The union.
        version: Counts up whenever the secret is replaced.

    >>> secret_of("key", "530102", 1)
    'whsec_RhQiGIUSNPYH+Lq/gSAu8fc2vg3yrPq9EYnB0Kr55ok='
    """
    digest = hmac.digest(key.encode(), f"webhook:{union_code}:{version}".encode(), "sha256")
    return f"whsec_{base64.b64encode(digest).decode()}"


def signed(body: str, message_id: str, moment: datetime, secrets: Sequence[str]) -> dict[str, str]:
    """The headers that go with a body.

    Args:
        body: As it is sent, to the byte.
        message_id: Id of the message.
        moment: Of the attempt.
        secrets: The present secret first; each signs.
    """
    signatures = [Webhook(secret).sign(message_id, moment.astimezone(UTC), body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def post(url: str, content: Mapping[str, Any], message_id: str, secrets: Sequence[str], *, private: bool) -> None:
    """Post a message to a union's system; any 2xx means that it has it. Redirections are not followed.

    Args:
        url: Checked by `check_webhook` when it was set.
        content: The message.
        message_id: Its id.
        secrets: As in `signed`.
        private: Whether the address may be one of a private network.

    Raises:
        SendError: It was not taken, as far as is known. 410 (gone) is permanent.
    """
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    headers = {
        "content-type": "application/json",
        "user-agent": "bangfu-notices/1",
        **signed(body, message_id, datetime.now(UTC), secrets),
    }
    backend = CheckedBackend(private=private, seconds=SECONDS)
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=backend) as pool,
            pool.stream(
                "POST", url, headers=list(headers.items()), content=body.encode(), extensions={"timeout": timeouts}
            ) as response,
        ):
            status, answer = response.status, dict(response.headers)
    except Refused as error:
        raise SendError(error.code, down=True) from None
    except httpcore.TimeoutException:
        raise SendError("timeout", down=True) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
        raise SendError("unreachable", down=True) from None
    if not 200 <= status < 300:
        wait = _seconds(answer.get(b"retry-after", answer.get(b"Retry-After", b"")))
        raise SendError(f"http_{status}", permanent=status == 410, down=status in _DOWN, retry_after=wait)


def _seconds(header: bytes) -> float:
    """Seconds of Retry-After, an hour at most; its form as a date is left aside."""
    return min(float(header), 3600.0) if header.isdigit() and len(header) < 8 else 0.0

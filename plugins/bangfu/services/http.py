"""Small JSON requests to services on this machine, past any proxy."""

import http.client
import json
from collections.abc import Mapping
from typing import Any

from bangfu.services.ports import HOST

__all__ = ["LocalRequestError", "request"]


class LocalRequestError(Exception):
    """A local service did not answer, or not with success.

    Attributes:
        status: HTTP status; None when nothing came.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def request(
    port: int,
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10.0,
) -> Any:
    """Send a GET, or a POST where there is a body, and return the decoded answer.

    Args:
        port: TCP port on this machine.
        path: Path with its query.
        body: JSON to send.
        method: Other than GET, or POST where there is a body.
        headers: Additional headers.
        timeout: Seconds.

    Returns:
        What the JSON answer holds; the text of any other answer.

    Raises:
        LocalRequestError: No answer, or a status other than 2xx.
    """
    plain_path = path.partition("?")[0]
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    content, extra = None, dict(headers or {})
    if body is not None:
        content = json.dumps(body)
        extra["Content-Type"] = "application/json"
    try:
        connection.request(method or ("GET" if body is None else "POST"), path, content, extra)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        if not 200 <= response.status < 300:
            raise LocalRequestError(f"{plain_path} answered {response.status}", response.status)
        is_json = "json" in (response.getheader("Content-Type") or "")
        return json.loads(text) if is_json else text
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise LocalRequestError(f"{plain_path}: {type(error).__name__}") from error
    finally:
        connection.close()

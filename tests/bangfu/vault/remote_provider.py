"""A key provider for the service of `key_service.py`, as a department with a key service would write it."""

import base64
import os
import time

import httpx

from bangfu.settings import Settings
from bangfu.vault import KeyServiceUnavailable, VaultError

ATTEMPTS, TIME_LIMIT, PAUSE = 3, 0.5, 0.05


class RemoteKeys:
    """Wraps data keys at a key service; address and token come from the environment."""

    name = "remote"

    def __init__(self, settings: Settings) -> None:
        self._address = os.environ["KEY_SERVICE_ADDRESS"]
        self._headers = {"Authorization": f"Bearer {os.environ['KEY_SERVICE_TOKEN']}"}

    def wrap(self, key: bytes, context: str) -> bytes:
        return self._ask("wrap", key, context)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        return self._ask("unwrap", wrapped, context)

    def _ask(self, operation: str, key: bytes, context: str) -> bytes:
        body = {"key": base64.b64encode(key).decode(), "context": context}
        for attempt in range(ATTEMPTS):
            time.sleep(PAUSE * attempt)
            try:
                answer = httpx.post(
                    f"{self._address}/{operation}",
                    json=body,
                    headers=self._headers,
                    timeout=TIME_LIMIT,
                    trust_env=False,
                )
            except httpx.TransportError:
                continue
            if answer.status_code < 500:
                return self._result(answer, context)
        raise KeyServiceUnavailable(f"The key service gave no answer in {ATTEMPTS} attempts: see that it runs.")

    def _result(self, answer: httpx.Response, context: str) -> bytes:
        if answer.status_code != 200:
            raise VaultError(f"The key service refuses the key of {context} with status {answer.status_code}.")
        try:
            return base64.b64decode(answer.json()["key"])
        except (ValueError, KeyError):
            raise VaultError("The key service gave an answer without a key: compare its version.") from None

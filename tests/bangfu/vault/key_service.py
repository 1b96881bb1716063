"""A small key service, run as a process of its own: it holds the key-encryption keys and never shows one.

    python key_service.py PORT TOKEN

Besides `/wrap` and `/unwrap` it does what the tests ask: `/rotate`, `/retire`, `/destroy`, and `/fault`, which makes the
next requests fail in a stated way.
"""

import base64
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ID_BYTES, NONCE_BYTES = 4, 12


class KeyService(ThreadingHTTPServer):
    """The state of the service: its keys by id, the current one last, and the faults still to come."""

    daemon_threads = True

    def __init__(self, port: int, token: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.token = token
        self.keys: dict[bytes, bytes] = {}
        self.faults: list[str] = []
        self.rotate()

    def rotate(self) -> None:
        self.keys[secrets.token_bytes(ID_BYTES)] = AESGCM.generate_key(256)

    def wrap(self, key: bytes, context: str) -> bytes:
        identifier, nonce = list(self.keys)[-1], secrets.token_bytes(NONCE_BYTES)
        return identifier + nonce + AESGCM(self.keys[identifier]).encrypt(nonce, key, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        identifier, nonce, sealed = wrapped[:4], wrapped[4:16], wrapped[16:]
        return AESGCM(self.keys[identifier]).decrypt(nonce, sealed, context.encode())


class Handler(BaseHTTPRequestHandler):
    server: KeyService

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {self.server.token}":
            return self.answer(401, {})
        if self.path in {"/wrap", "/unwrap"} and self.server.faults:
            return self.fail(self.server.faults.pop())
        return self.act(body)

    def act(self, body: dict[str, Any]) -> None:
        if self.path == "/fault":
            self.server.faults = [body["fault"]] * body["times"]
        elif self.path == "/rotate":
            self.server.rotate()
        elif self.path == "/retire":
            for former in list(self.server.keys)[:-1]:
                del self.server.keys[former]
        elif self.path == "/destroy":
            self.server.keys.clear()
        else:
            operation = self.server.wrap if self.path == "/wrap" else self.server.unwrap
            try:
                result = operation(base64.b64decode(body["key"]), body["context"])
            except (InvalidTag, KeyError, IndexError, ValueError):
                return self.answer(422, {})
            return self.answer(200, {"key": base64.b64encode(result).decode()})
        return self.answer(200, {})

    def fail(self, fault: str) -> None:
        if fault == "busy":
            return self.answer(503, {})
        if fault == "silent":
            time.sleep(2)
        if fault == "nonsense":
            return self.answer(200, {"kye": "?"})
        self.close_connection = True  # "cut": the connection ends without an answer
        return None

    def answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


if __name__ == "__main__":
    KeyService(int(sys.argv[1]), sys.argv[2]).serve_forever()

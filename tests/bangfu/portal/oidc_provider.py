"""A small OpenID Connect provider for tests: a process of its own, spoken to over HTTP, signing with RS256.

It lets everybody in as whom the test says (`as=`), and lies in its token where the test says so (`fault=`). Run as a script, it
prints its port.
"""

import base64
import hashlib
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "bangfu-portal", "secret of the portal"

FAULTS: dict[str, dict[str, Any]] = {
    "nonce": {"nonce": "another"},
    "audience": {"aud": "another-client"},
    "two_audiences": {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
    "issuer": {"iss": "https://elsewhere.example"},
    "expired": {"exp": 1_600_000_000},
    "subject": {"sub": None},
}
"""Claims that a fault puts in place of the right ones."""


@contextmanager
def running_provider() -> Iterator[str]:
    """Run the provider; yields its issuer."""
    with subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def provider(issuer: str) -> Starlette:
    """The application."""
    key, other = (RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}) for _ in range(2))
    grants: dict[str, dict[str, str]] = {}

    async def configuration(_request: Request) -> Response:
        addresses = {name: f"{issuer}/{path}" for name, path in (("authorization_endpoint", "authorize"), ("token_endpoint", "token"), ("jwks_uri", "keys"))}  # fmt: skip
        return JSONResponse({"issuer": issuer, **addresses})

    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        if asked.get("client_id") != CLIENT_ID or asked.get("code_challenge_method") != "S256":
            return Response("unknown client, or no PKCE", 400)
        code = secrets.token_urlsafe()
        grants[code] = asked
        return RedirectResponse(asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]}), 302)

    async def token(request: Request) -> Response:
        form = await request.form()
        grant = grants.pop(str(form.get("code")), None)
        right = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") != right:
            return JSONResponse({"error": "invalid_client"}, 401)
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if grant is None or challenge != grant["code_challenge"] or form.get("redirect_uri") != grant["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now, fault = int(time.time()), grant.get("fault", "")
        claims = {
            "iss": issuer, "aud": CLIENT_ID, "sub": grant.get("as"), "nonce": grant["nonce"], "iat": now, "exp": now + 300,
            **({"amr": grant["amr"].split()} if "amr" in grant else {}), **FAULTS.get(fault, {}),
        }  # fmt: skip
        if fault == "none":
            parts = (
                base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
                for text in ('{"alg":"none"}', jwt_text(claims))
            )
            return JSONResponse({"id_token": ".".join(parts) + "."})
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, other if fault == "key" else key)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": signed})

    async def keys(_request: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False)]})

    paths = {"/.well-known/openid-configuration": configuration, "/authorize": authorize, "/keys": keys}
    routes = [Route(path, endpoint) for path, endpoint in paths.items()]
    return Starlette(routes=[*routes, Route("/token", token, methods=["POST"])])


def jwt_text(claims: dict[str, Any]) -> str:
    import json

    return json.dumps(claims)


if __name__ == "__main__":
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        print(port, flush=True)
        server = uvicorn.Server(uvicorn.Config(provider(f"http://127.0.0.1:{port}"), log_level="warning"))
        server.run(sockets=[listener])

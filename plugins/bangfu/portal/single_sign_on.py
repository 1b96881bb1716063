"""A province's single sign-on (统一认证): OpenID Connect, authorisation code with PKCE.

The provider tells who somebody is and nothing else: the portal's own accounts say what they may do. Its documents and keys are
asked for at each log-in, so that a key it has changed is never missed and one it has withdrawn is never trusted.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bangfu.settings import OidcSettings

__all__ = ["Proven", "Provider", "SignOnError", "Ticket", "authorisation_address", "discover", "prove"]

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures that are believed: neither none, nor one made with a shared secret."""

_SECONDS, _LEEWAY = 5.0, 60


class SignOnError(Exception):
    """The provider did not prove who it is; the message names the reason and no person."""


@dataclass(frozen=True)
class Ticket:
    """What ties a log-in to the browser that began it: three values derived from one random one in its cookie.

    Attributes:
        state: Comes back with the browser.
        nonce: Comes back inside the signed token.
        verifier: Goes to the provider with the code; its digest went before (PKCE).
    """

    state: str
    nonce: str
    verifier: str

    @classmethod
    def of(cls, key: str, value: str) -> "Ticket":
        """The ticket of a cookie's value."""

        def derived(name: str) -> str:
            digest = hmac.digest(key.encode(), f"single sign-on {name}:{value}".encode("utf-8", "replace"), "sha256")
            return _base64(digest)

        return cls(derived("state"), derived("nonce"), derived("verifier"))

    @property
    def challenge(self) -> str:
        """The digest of the verifier (S256)."""
        return _base64(hashlib.sha256(self.verifier.encode()).digest())


@dataclass(frozen=True)
class Provider:
    """Where the provider does what."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


@dataclass(frozen=True)
class Proven:
    """Who it is: the provider's `sub`, and whether it has asked for a second factor (`amr` says mfa, RFC 8176)."""

    subject: str
    twice: bool


def discover(settings: OidcSettings) -> Provider:
    """Ask the provider for its addresses.

    Raises:
        SignOnError: It does not answer, or its document does not fit.
    """
    known = _document("GET", settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
    try:
        provider = Provider(*(str(known[name]) for name in Provider.__dataclass_fields__))
    except KeyError as error:
        raise SignOnError(f"the provider's document lacks {error.args[0]}") from None
    if provider.issuer != settings.issuer:
        raise SignOnError("the provider calls itself by another name than BANGFU_OIDC_ISSUER")
    for address in (provider.authorization_endpoint, provider.token_endpoint, provider.jwks_uri):
        _check_address(address)
    return provider


def authorisation_address(provider: Provider, settings: OidcSettings, ticket: Ticket) -> str:
    """Where the browser is sent to log in."""
    query = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": settings.redirect_uri,
        "scope": "openid",
        "state": ticket.state,
        "nonce": ticket.nonce,
        "code_challenge": ticket.challenge,
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in provider.authorization_endpoint else "?"
    return provider.authorization_endpoint + joint + urlencode(query)


def prove(provider: Provider, settings: OidcSettings, ticket: Ticket, code: str) -> Proven:
    """Exchange the code for a signed token and read who it is about.

    Raises:
        SignOnError: The provider refuses the code, or the token is not one for this log-in.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": settings.redirect_uri,
        "client_id": settings.client_id,
        "code_verifier": ticket.verifier,
    }
    auth = (settings.client_id, settings.client_secret) if settings.client_secret else None
    answer = _document("POST", provider.token_endpoint, data=form, auth=auth)
    keys = _document("GET", provider.jwks_uri)
    try:
        token = jwt.decode(str(answer.get("id_token")), KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        claims = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": ticket.nonce},
        )
        claims.validate(token.claims)
    except (JoseError, ValueError, TypeError) as error:
        raise SignOnError(f"the token is not believed ({type(error).__name__})") from None
    audience = token.claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and token.claims.get("azp") != settings.client_id:
        raise SignOnError("the token was made for somebody else")
    methods = token.claims.get("amr")
    return Proven(str(token.claims["sub"]), isinstance(methods, list) and "mfa" in methods)


def _document(method: str, address: str, **request: Any) -> dict[str, Any]:
    """A JSON object from the provider."""
    _check_address(address)
    try:
        answer = httpx.request(method, address, timeout=_SECONDS, follow_redirects=False, **request)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise SignOnError(f"the provider does not answer {method} ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise SignOnError("the provider answers with something else than an object")
    return found


def _check_address(address: str) -> None:
    """Keys and tokens travel encrypted; on one machine alone they need not."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}):
        raise SignOnError("an address of the provider is not https")


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")

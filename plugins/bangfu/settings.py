"""Where one installation lives and how it reaches its services.

Everything comes from the environment (`SETTINGS` lists the variables); one installation is one
directory, `BANGFU_HOME`, and needs no variable at all. A secret may also be given as a file:
`<NAME>_FILE` holds the path, as container platforms mount secrets.
"""

import base64
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bangfu.declared_settings import SECRETS, SETTINGS, Setting
from bangfu.errors import BangfuError
from bangfu.notice_settings import NoticeSettings, SmtpSettings
from bangfu.sizes import bytes_of
from schemas.rights import Role

__all__ = ["SECRETS", "SETTINGS", "OidcSettings", "S3Settings", "Setting", "Settings"]


@dataclass(frozen=True)
class S3Settings:
    """How to reach the S3 service.

    Attributes:
        endpoint: Host and port, without scheme.
        access_key: Access key.
        secret_key: Secret key.
        secure: Whether to use TLS.
        region: Region of the bucket; given so that nothing has to ask for it.
    """

    endpoint: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    secure: bool = True
    region: str = "us-east-1"


@dataclass(frozen=True)
class OidcSettings:
    """How to reach a single sign-on.

    Attributes:
        issuer: Its name, which is its address.
        client_id: Name of the portal there.
        redirect_uri: The portal's address for the way back.
        client_secret: What the portal shows; None for a public client.
    """

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Settings:
    """The settings of one installation.

    Attributes:
        home: Absolute directory of the installation.
        object_store: `file:///directory` or `s3://bucket[/prefix]`.
        database_url: Address of the owner role; None means the embedded server.
        portal_database_url: Address of the portal role; None means derived.
        s3: How to reach the S3 service; None unless an endpoint is given.
        portal_port: TCP port of the portal.
        portal_processes: Processes that serve the portal.
        airflow_port: TCP port of Airflow's user interface.
        postgres_port: TCP port of the embedded server; None means any free one.
        given_secrets: Secrets given by the environment, by name.
        encrypted: Whether extracts are kept encrypted.
        key_provider: `local`, or `module:class` of a key service.
        workbook_passwords: Opening passwords by source.
        quiet_seconds: Seconds without change after which a file without a manifest is taken.
        incomplete_hours: Hours after which a delivery that is still incomplete is refused.
        link_memory: Bytes that a linkage may take; None means any number.
        county_visits: File of how many clues each county can visit; None means any number.
        audit_sample: Households on no list that are drawn with each list, for each prefecture; 0 draws none.
        review_freezes: File of the days on which no time limit runs in a county; None means none.
        second_factor: Roles whose log-in needs a second factor.
        oidc: How to reach a single sign-on; None unless an issuer is given.
        notices: How notices reach unions.
        airflow_approvers: Accounts that may log in at the Airflow of one machine, to answer questions.
        export_rows: Persons that may be taken out without a second person.
        case_days: Days for which an ended case keeps what was written.
    """

    home: Path
    object_store: str
    database_url: str | None = field(default=None, repr=False)
    portal_database_url: str | None = field(default=None, repr=False)
    s3: S3Settings | None = None
    portal_port: int = 8000
    portal_processes: int = 1
    airflow_port: int = 8080
    postgres_port: int | None = None
    given_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    encrypted: bool = True
    key_provider: str = "local"
    workbook_passwords: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    quiet_seconds: float = 60
    incomplete_hours: float = 24
    link_memory: int | None = None
    county_visits: Path | None = None
    audit_sample: int = 10
    review_freezes: Path | None = None
    second_factor: frozenset[Role] = frozenset(Role)
    oidc: OidcSettings | None = None
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    airflow_approvers: tuple[str, ...] = ()
    export_rows: int = 500
    case_days: int = 180

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings.

        Args:
            environ: Environment variables; an empty value counts as absent.

        Raises:
            BangfuError: A value cannot be used; the message names the variable.
        """
        home = Path(environ.get("BANGFU_HOME") or ".bangfu").expanduser().absolute()
        endpoint = environ.get("BANGFU_S3_ENDPOINT")
        s3 = None
        if endpoint:
            s3 = S3Settings(
                endpoint=endpoint.split("://", 1)[-1].rstrip("/"),
                access_key=_confidential(environ, "BANGFU_S3_ACCESS_KEY") or "",
                secret_key=_confidential(environ, "BANGFU_S3_SECRET_KEY") or "",
                secure=_boolean(environ, "BANGFU_S3_SECURE", default=not endpoint.startswith("http://")),
                region=environ.get("BANGFU_S3_REGION") or "us-east-1",
            )
        memory = environ.get("BANGFU_LINK_MEMORY")
        visits = environ.get("BANGFU_COUNTY_VISITS")
        freezes = environ.get("BANGFU_REVIEW_FREEZES")
        given = {name: _confidential(environ, _secret_variable(name)) for name in SECRETS}
        return cls(
            home=home,
            object_store=environ.get("BANGFU_OBJECT_STORE") or (home / "objects").as_uri(),
            database_url=_confidential(environ, "BANGFU_DATABASE_URL"),
            portal_database_url=_confidential(environ, "BANGFU_PORTAL_DATABASE_URL"),
            s3=s3,
            portal_port=_port(environ, "BANGFU_PORTAL_PORT") or 8000,
            portal_processes=max(_count(environ, "BANGFU_PORTAL_PROCESSES", min(_cores(), 4)), 1),
            airflow_port=_port(environ, "BANGFU_AIRFLOW_PORT") or 8080,
            postgres_port=_port(environ, "BANGFU_POSTGRES_PORT"),
            given_secrets={name: value for name, value in given.items() if value},
            encrypted=_choice(environ, "BANGFU_PARQUET", ("encrypted", "plain")) == "encrypted",
            key_provider=environ.get("BANGFU_KEY_PROVIDER") or "local",
            workbook_passwords=_passwords(_confidential(environ, "BANGFU_WORKBOOK_PASSWORDS") or ""),
            quiet_seconds=_number(environ, "BANGFU_QUIET_SECONDS", 60),
            incomplete_hours=_number(environ, "BANGFU_INCOMPLETE_HOURS", 24),
            link_memory=bytes_of(memory, "BANGFU_LINK_MEMORY") if memory else None,
            county_visits=Path(visits).expanduser().absolute() if visits else None,
            audit_sample=_count(environ, "BANGFU_AUDIT_SAMPLE", 10),
            review_freezes=Path(freezes).expanduser().absolute() if freezes else None,
            second_factor=_roles(environ, "BANGFU_SECOND_FACTOR"),
            oidc=_oidc(environ),
            notices=_notices(environ),
            airflow_approvers=_accounts(environ, "BANGFU_AIRFLOW_APPROVERS"),
            export_rows=int(_number(environ, "BANGFU_EXPORT_ROWS", 500)),
            case_days=int(_number(environ, "BANGFU_CASE_DAYS", 180)),
        )

    def secret(self, name: str) -> str:
        """Return a secret of this installation, made on first use.

        Args:
            name: One of `SECRETS`.

        Returns:
            What the environment gives; else the content of `home/secrets/<name>`, mode 0600: 256
            random bits in URL-safe base64 (44 characters, so also a valid Fernet key). Processes
            that race for the first use all get the same value.

        Raises:
            BangfuError: The secrets directory cannot be written.
        """
        if name not in SECRETS:
            raise KeyError(name)
        if name in self.given_secrets:
            return self.given_secrets[name]
        path = self.home / "secrets" / name
        try:
            if not path.exists():
                _create_private(path, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
            return path.read_text("ascii").strip()
        except OSError as error:
            raise BangfuError(
                f"Cannot keep secrets in {path.parent}: {error.strerror}. Set BANGFU_HOME to a directory you may write."
            ) from error


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _notices(environ: Mapping[str, str]) -> NoticeSettings:
    port = _port(environ, "BANGFU_PORTAL_PORT") or 8000
    domains = (environ.get("BANGFU_NOTICE_DOMAINS") or "").lower().split(",")
    return NoticeSettings(
        portal_url=_portal_url(environ.get("BANGFU_PORTAL_URL") or f"http://127.0.0.1:{port}"),
        smtp=_smtp(environ),
        domains=tuple(domain.strip().lstrip("@.") for domain in domains if domain.strip()),
        private=_boolean(environ, "BANGFU_NOTICE_PRIVATE", default=False),
    )


def _portal_url(address: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", address):
        raise BangfuError(f"BANGFU_PORTAL_URL is {address!r}: give an address such as https://portal.example.")
    return address.rstrip("/")


def _smtp(environ: Mapping[str, str]) -> SmtpSettings | None:
    host, sender = environ.get("BANGFU_SMTP_HOST"), environ.get("BANGFU_MAIL_FROM")
    password = _confidential(environ, "BANGFU_SMTP_PASSWORD") or ""
    security = _choice(environ, "BANGFU_SMTP_SECURITY", ("starttls", "tls", "none"))
    if not host:
        return None
    if not sender or not re.fullmatch(r"[^\s<>@,;]+@[^\s<>@,;]+", sender):
        raise BangfuError("BANGFU_SMTP_HOST is set: set BANGFU_MAIL_FROM to the address of the sender, name@domain.")
    user = environ.get("BANGFU_SMTP_USER") or None
    if security == "none" and user:
        raise BangfuError("BANGFU_SMTP_SECURITY is none: a password would be sent in clear. Set starttls or tls.")
    port = _port(environ, "BANGFU_SMTP_PORT") or (465 if security == "tls" else 587)
    return SmtpSettings(host, port, security, sender, user, password)


def _create_private(path: Path, text: str) -> None:
    """Create a file of mode 0600 whole or not at all; whoever comes second leaves the first's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        os.unlink(temporary)


def _secret_variable(name: str) -> str:
    return "BANGFU_SECRET_" + name.upper().replace("-", "_")


def _confidential(environ: Mapping[str, str], name: str) -> str | None:
    """The value of a secret variable, or of the file its `_FILE` twin names."""
    value, path = environ.get(name), environ.get(f"{name}_FILE")
    if value and path:
        raise BangfuError(f"Both {name} and {name}_FILE are set: keep one.")
    if not path:
        return value or None
    try:
        content = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BangfuError(f"{name}_FILE names {path}, which cannot be read.") from error
    if not content:
        raise BangfuError(f"{name}_FILE names {path}, which is empty.")
    return content


def _port(environ: Mapping[str, str], name: str) -> int | None:
    value = environ.get(name)
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or not 0 < int(value) < 65536:
        raise BangfuError(f"{name} is {value!r}: give a port number between 1 and 65535.")
    return int(value)


def _boolean(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = (environ.get(name) or "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BangfuError(f"{name} is {value!r}: give true or false.")


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of some words; the first when absent."""
    value = (environ.get(name) or choices[0]).strip().lower()
    if value not in choices:
        raise BangfuError(f"{name} is {value!r}: give {' or '.join(choices)}.")
    return value


def _oidc(environ: Mapping[str, str]) -> OidcSettings | None:
    issuer = environ.get("BANGFU_OIDC_ISSUER")
    if not issuer:
        return None
    given = {name: environ.get(f"BANGFU_OIDC_{name}") or "" for name in ("CLIENT_ID", "REDIRECT_URI")}
    if missing := [name for name, value in given.items() if not value]:
        raise BangfuError(f"BANGFU_OIDC_ISSUER is set: set BANGFU_OIDC_{missing[0]} as well.")
    secret = _confidential(environ, "BANGFU_OIDC_CLIENT_SECRET")
    return OidcSettings(issuer, given["CLIENT_ID"], given["REDIRECT_URI"], secret)


def _roles(environ: Mapping[str, str], name: str) -> frozenset[Role]:
    """All roles when absent, none for `off`, else those listed."""
    value = (environ.get(name) or "all").strip().lower()
    if value in {"all", "off"}:
        return frozenset(Role) if value == "all" else frozenset()
    listed = {item.strip() for item in value.split(",")}
    if unknown := listed - set(Role):
        raise BangfuError(f"{name} names {min(unknown)!r}: give all, off, or some of {', '.join(Role)}.")
    return frozenset(Role(item) for item in listed)


def _accounts(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    listed = [item.strip().lower() for item in (environ.get(name) or "").split(",") if item.strip()]
    if wrong := [item for item in listed if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,63}", item) or item == "admin"]:
        raise BangfuError(f"{name} names {wrong[0]!r}: give log-in names of portal accounts, with commas.")
    return tuple(dict.fromkeys(listed))


def _number(environ: Mapping[str, str], name: str, default: float) -> float:
    try:
        value = float(environ.get(name) or default)
    except ValueError:
        value = -1
    if not 0 <= value < 1e9:
        raise BangfuError(f"{name} is {environ.get(name)!r}: give a number of 0 or more.")
    return value


def _count(environ: Mapping[str, str], name: str, default: int) -> int:
    value = (environ.get(name) or str(default)).strip()
    if not value.isascii() or not value.isdecimal() or int(value) > 100_000:
        raise BangfuError(f"{name} is {environ.get(name)!r}: give a whole number, 0 or more.")
    return int(value)


def _passwords(text: str) -> dict[str, tuple[str, ...]]:
    """Passwords by source, in the order of the lines; a source may have several."""
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
        source, separator, password = line.partition("=")
        if not separator or not password:
            raise BangfuError(f"BANGFU_WORKBOOK_PASSWORDS: line {number} must read source=password.")
        found[source.strip()] = (*found.get(source.strip(), ()), password)
    return found

"""The environment variables and secrets of an installation, declared once; `bangfu.settings` reads them."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["SECRETS", "SETTINGS", "Setting"]


@dataclass(frozen=True)
class Setting:
    """One environment variable: what it means and what holds when it is absent.

    Attributes:
        name: Name of the variable.
        meaning: One sentence for the operator.
        default: Value, or a description of it, when the variable is absent.
        secret: Whether `<name>_FILE` is honoured and the value is never printed.
    """

    name: str
    meaning: str
    default: str
    secret: bool = False


SETTINGS = (
    Setting("BANGFU_HOME", "Directory of this installation.", ".bangfu"),
    Setting(
        "BANGFU_DATABASE_URL",
        "PostgreSQL address of the owner role, postgresql://user:password@host:port/database.",
        "embedded server under BANGFU_HOME/postgres",
        secret=True,
    ),
    Setting(
        "BANGFU_PORTAL_DATABASE_URL",
        "PostgreSQL address of the portal role, which owns nothing and is held by row-level security.",
        "derived for the embedded server",
        secret=True,
    ),
    Setting(
        "BANGFU_OBJECT_STORE",
        "Object store: file:///directory or s3://bucket[/prefix].",
        "file://BANGFU_HOME/objects",
    ),
    Setting("BANGFU_S3_ENDPOINT", "Host and port of the S3 service.", "none"),
    Setting("BANGFU_S3_ACCESS_KEY", "Access key of the S3 service.", "none", secret=True),
    Setting("BANGFU_S3_SECRET_KEY", "Secret key of the S3 service.", "none", secret=True),
    Setting("BANGFU_S3_SECURE", "Whether the S3 service is reached over TLS: true or false.", "true"),
    Setting("BANGFU_S3_REGION", "Region of the bucket.", "us-east-1"),
    Setting(
        "BANGFU_PARQUET",
        "Whether extracts are kept encrypted (one key each) or plain: encrypted or plain.",
        "encrypted",
    ),
    Setting(
        "BANGFU_KEY_PROVIDER",
        "Who wraps the data keys: local (a key of this installation), or module:class of a key service.",
        "local",
    ),
    Setting(
        "BANGFU_WORKBOOK_PASSWORDS",
        "Opening passwords of partners' workbooks, one source=password a line.",
        "none",
        secret=True,
    ),
    Setting("BANGFU_QUIET_SECONDS", "Seconds without change after which a file without a manifest is taken.", "60"),
    Setting("BANGFU_INCOMPLETE_HOURS", "Hours after which a delivery that is still incomplete is refused.", "24"),
    Setting(
        "BANGFU_LINK_MEMORY", "Memory that a linkage may take, such as 8GB; one that needs more is refused.", "any"
    ),
    Setting(
        "BANGFU_COUNTY_VISITS",
        "CSV file (county_code, visits) of how many clues of a list each county can visit; the strongest are shown.",
        "no limit",
    ),
    Setting(
        "BANGFU_AUDIT_SAMPLE",
        "How many households on no list are drawn at random for a visit with each list, by prefecture (抽样核查); 0 draws none.",
        "10",
    ),
    Setting(
        "BANGFU_REVIEW_FREEZES", "CSV file of days on which no time limit runs in a county (农忙、民族节日).", "none"
    ),
    Setting(
        "BANGFU_SECOND_FACTOR",
        "Whose log-in to the portal needs a second factor: all, off (for demonstrations), or roles with commas.",
        "all",
    ),
    Setting("BANGFU_OIDC_ISSUER", "Issuer of a single sign-on for the portal (OpenID Connect), https.", "none"),
    Setting("BANGFU_OIDC_CLIENT_ID", "Name under which the single sign-on knows the portal.", "none"),
    Setting("BANGFU_OIDC_CLIENT_SECRET", "Secret that the portal shows to the single sign-on.", "none", secret=True),
    Setting(
        "BANGFU_OIDC_REDIRECT_URI",
        "The portal's address for the way back, https://<portal>/login/oidc/callback.",
        "none",
    ),
    Setting(
        "BANGFU_PORTAL_URL",
        "Address under which officers reach the portal; notices link to it.",
        "http://127.0.0.1 with the port",
    ),
    Setting("BANGFU_SMTP_HOST", "Mail server for notices; without one, mails wait.", "none"),
    Setting("BANGFU_SMTP_PORT", "Port of the mail server.", "587, or 465 for tls"),
    Setting(
        "BANGFU_SMTP_SECURITY",
        "How the mail server is reached: starttls, tls, or none, which takes no password.",
        "starttls",
    ),
    Setting("BANGFU_SMTP_USER", "Name to log in with at the mail server.", "none"),
    Setting("BANGFU_SMTP_PASSWORD", "Password at the mail server.", "none", secret=True),
    Setting("BANGFU_MAIL_FROM", "Address from which notices are mailed.", "none"),
    Setting(
        "BANGFU_NOTICE_DOMAINS",
        "Domains to which mails and webhooks may go, with all below them, separated by commas.",
        "any",
    ),
    Setting(
        "BANGFU_NOTICE_PRIVATE",
        "Whether webhooks may go to addresses of private networks, and without TLS to this machine: true or false.",
        "false",
    ),
    Setting("BANGFU_PORTAL_PORT", "Port of the officers' portal.", "8000"),
    Setting(
        "BANGFU_PORTAL_PROCESSES",
        "Processes that serve the portal; each takes about 250 MB and up to 10 connections of the database.",
        "one for each core, 4 at most",
    ),
    Setting(
        "BANGFU_AIRFLOW_APPROVERS",
        "Accounts of approvers, with commas, that get a log-in of their name in the Airflow of `bangfu up` to answer there.",
        "none",
    ),
    Setting(
        "BANGFU_EXPORT_ROWS",
        "Persons that one file, and the files of an account within a day, may hold without a second person's approval.",
        "500",
    ),
    Setting(
        "BANGFU_CASE_DAYS",
        "Days after its end for which a case keeps what was written about the household; its course stays.",
        "180",
    ),
    Setting("BANGFU_AIRFLOW_PORT", "Port of the Airflow user interface.", "8080"),
    Setting(
        "BANGFU_POSTGRES_PORT",
        "Port of the embedded PostgreSQL server.",
        "a free port, recorded under BANGFU_HOME/postgres",
    ),
)

SECRETS: Mapping[str, str] = {
    "data-master-key": "Key that wraps the data keys of extracts; nothing can be read when it is lost.",
    "postgres-superuser": "Password of the embedded server's superuser.",
    "postgres-owner": "Password of the owner role of the embedded database.",
    "postgres-portal": "Password of the portal role of the embedded database.",
    "postgres-airflow": "Password of Airflow's role in the embedded server.",
    "candidate-key": "Key of the opaque candidate ids; the ids change when it is lost.",
    "draw-key": "Key of the random draws; when it is lost, draws made with it cannot be repeated.",
    "webhook-key": "Key from which the secrets of unions' webhooks are made; they change when it is lost.",
    "session-key": "Key that signs what the portal hands to a browser.",
    "second-factor-key": "Key that encrypts the second factors; every account enrols again when it is lost.",
    "workbook-key": "Key that seals review workbooks; those that were given out are refused when it is lost.",
    "attachment-key": "Key that encrypts the papers of cases; those that are kept cannot be opened when it is lost.",
    "airflow-fernet-key": "Key that encrypts Airflow connections.",
    "airflow-jwt-secret": "Key of the tokens between Airflow's components.",
    "airflow-api-secret": "Key of the sessions of Airflow's user interface.",
    "airflow-admin": "Password of the administrator of Airflow's user interface.",
}
"""Secrets an installation makes for itself on first use. Each may be given instead, as
`BANGFU_SECRET_<NAME>` or `BANGFU_SECRET_<NAME>_FILE` (upper case, `-` as `_`): processes that
share no BANGFU_HOME need that."""

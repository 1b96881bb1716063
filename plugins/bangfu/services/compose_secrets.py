"""The secret files of `docker-compose.yml`, made once: `python -m bangfu.services.compose_secrets DIRECTORY [APPROVER ...]`."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bangfu.errors import BangfuError
from bangfu.services.airflow_settings import ADMINISTRATOR

__all__ = ["main", "write_secrets"]

_ADDRESSES = {
    "database-url": ("bangfu", "postgres-owner", "bangfu"),
    "portal-database-url": ("bangfu_portal", "postgres-portal", "bangfu"),
    "airflow-database-url": ("airflow", "postgres-airflow", "airflow"),
}
"""Secret file -> (role, file of its password, database)."""

_PLAIN = (
    *("postgres-superuser", "postgres-owner", "postgres-portal", "postgres-airflow"),
    *("s3-access-key", "s3-secret-key", "candidate-key", "data-master-key", "session-key", "second-factor-key"),
    *("workbook-key", "attachment-key", "draw-key", "webhook-key", "smtp-password"),
    *("airflow-fernet-key", "airflow-api-secret", "airflow-jwt-secret"),
)


_PASSWORDS = "airflow-passwords"
"""File of the log-ins of Airflow's pages, by account, as its simple auth manager reads it."""


def write_secrets(directory: Path, approvers: Sequence[str] = ()) -> list[str]:
    """Write the secrets that are missing; those that exist are kept.

    The directory is closed to other accounts (mode 0700). The files are readable inside it (0444),
    because a container reads them as another user than the one who made them.

    Args:
        directory: Where.
        approvers: Accounts that get a password for Airflow's pages beside its administrator.

    Returns:
        Names of the files written.

    Raises:
        BangfuError: The directory cannot be written.
    """
    from base64 import urlsafe_b64encode
    from secrets import token_bytes

    def read(name: str) -> str:
        return (directory / name).read_text("ascii")

    written: list[str] = []
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (directory / ".gitignore").write_text("*\n", "ascii")
        for name in _PLAIN:
            if not (directory / name).exists():
                text = urlsafe_b64encode(token_bytes(32)).decode()
                _write(directory / name, _shaped(name, text))
                written.append(name)
        derived = {
            name: f"postgresql+psycopg://{role}:{read(password)}@postgres:5432/{database}"
            for name, (role, password, database) in _ADDRESSES.items()
        }
        for name, text in derived.items():
            if not (directory / name).exists():
                _write(directory / name, text)
                written.append(name)
        known = json.loads(read(_PASSWORDS)) if (directory / _PASSWORDS).exists() else {}
        missing = [name for name in (ADMINISTRATOR, *approvers) if name not in known]
        if missing:
            made = {name: urlsafe_b64encode(token_bytes(18)).decode() for name in missing}
            _write(directory / f"{_PASSWORDS}.new", json.dumps(known | made))
            (directory / f"{_PASSWORDS}.new").replace(directory / _PASSWORDS)
            written.append(_PASSWORDS)
    except OSError as error:
        raise BangfuError(f"Cannot write secrets into {directory}: {error.strerror}.") from error
    return written


def _shaped(name: str, text: str) -> str:
    """Cut 256 random bits to what the reader takes."""
    if name.startswith("airflow") or name == "data-master-key":
        return text  # keys need their padding
    # Passwords go into addresses: nothing in them that an address has to escape. S3 limits its keys.
    return text.rstrip("=")[: {"s3-access-key": 20, "s3-secret-key": 40}.get(name)]


def _write(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w", encoding="ascii") as file:
        file.write(text)
    path.chmod(0o444)


def main(arguments: list[str]) -> int:
    """Write the secrets into the directory named on the command line."""
    if not arguments or any(argument.startswith("-") for argument in arguments):
        print("Usage: python -m bangfu.services.compose_secrets DIRECTORY [APPROVER ...]", file=sys.stderr)  # noqa: T201
        return 2
    try:
        written = write_secrets(Path(arguments[0]), arguments[1:])
    except BangfuError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.exit_code
    print(f"{len(written)} secrets written to {arguments[0]}; those that existed are kept.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

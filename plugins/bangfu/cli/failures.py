"""One clear message for every failure, without a traceback and without personal values."""

import errno

from bangfu.errors import BangfuError

__all__ = ["explain"]

_OPERATING_SYSTEM = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "The disk quota is used up",
    errno.EACCES: "Permission denied",
    errno.EROFS: "The file system is read-only",
    errno.EMFILE: "Too many open files",
}


def explain(error: Exception) -> str:
    """Say what happened and what to do.

    The text of an error that is not ours is never shown: it may quote a value of a person.

    >>> explain(BangfuError("The drop area is empty."))
    'bangfu: The drop area is empty.'
    >>> explain(ZeroDivisionError("539001198001010014"))
    'bangfu: unexpected failure (ZeroDivisionError). Run it again as `bangfu --debug ...` and report the traceback.'
    """
    if isinstance(error, BangfuError) or _is_matching_error(error):
        return f"bangfu: {error}"
    if isinstance(error, OSError) and error.errno is not None:
        told = _OPERATING_SYSTEM.get(error.errno, error.strerror or type(error).__name__)
        where = f": {error.filename}" if error.filename else ""
        return f"bangfu: {told}{where}."
    if _is_database_down(error):
        return "bangfu: The database cannot be reached. Check BANGFU_DATABASE_URL, or start it with `bangfu up`."
    if isinstance(error, MemoryError):
        return "bangfu: Not enough memory."
    return (
        f"bangfu: unexpected failure ({type(error).__name__}). "
        "Run it again as `bangfu --debug ...` and report the traceback."
    )


def _is_matching_error(error: Exception) -> bool:
    from matching.errors import LinkError, ModelError

    return isinstance(error, LinkError | ModelError)


def _is_database_down(error: Exception) -> bool:
    return type(error).__name__ == "OperationalError" and type(error).__module__.startswith(("sqlalchemy", "psycopg"))

"""The layout of the object store: which key holds what.

```
drop/<source>/[<delivery>/]<sender's name>           untrusted, deleted after landing
landing/<source>/<extract_id>-<sha16>.parquet        the cells that may be held, as text
standard/<source>/<extract_id>[-<sha16>].parquet     accepted rows
quarantine/<source>/<extract_id>[-<sha16>].parquet   rejected rows with their reasons
links/<run_id>/<name>.parquet                        scored pairs, clusters
models/<run_id>/<name>.json                          linkage models
reports/<id>/<name>[-<sha16>]<suffix>                counts for people to read: runs, deliveries
receipts/<source>/<delivery_id>-<sha16><suffix>      what the sender is told
certificates/<run_id>/<name><suffix>                 what was deleted
audit/heads/<day>-<position>.json                    ends of the sealed access log
```

Only the drop area keeps the sender's file name; every later key is made of codes, run ids and
digests, so that a key may be logged.
"""

import re

__all__ = ["certificate", "drop", "drop_prefix", "landing", "links", "model", "quarantine", "receipt", "report"]
__all__ += ["AUDIT_HEADS", "audit_head", "standard"]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,8}){0,2}")


AUDIT_HEADS = "audit/heads/"
"""Where the heads of the access log lie."""


def drop_prefix(source: str) -> str:
    """Where partners put extracts of one source.

    >>> drop_prefix("union_roster")
    'drop/union_roster/'
    """
    return f"drop/{_code(source)}/"


def drop(source: str, file_name: str) -> str:
    """Key of one partner file in the drop area; the store checks the sender's name.

    >>> drop("union_roster", "花名册.xlsx")
    'drop/union_roster/花名册.xlsx'
    """
    return drop_prefix(source) + file_name


def landing(source: str, extract_id: str, sha256: str) -> str:
    """Key of the cells that were taken from a file.

    Args:
        source: Source code.
        extract_id: Extract.
        sha256: Digest of the object; the same cells make another object each time, since they are encrypted.

    >>> landing("civil_affairs", "civil_affairs-00ff", "ab" * 32)
    'landing/civil_affairs/civil_affairs-00ff-abababababababab.parquet'
    """
    return f"landing/{_code(source)}/{_versioned(extract_id, sha256)}.parquet"


def standard(source: str, extract_id: str, sha256: str = "") -> str:
    """Key of the accepted rows of an extract.

    Args:
        source: Source code.
        extract_id: Extract.
        sha256: Digest of the Parquet file. Give it: standardising again with newer rules then makes
            a new object beside the old one, and a repeated attempt finds its own. The registry
            holds the key that counts.

    >>> standard("civil_affairs", "civil_affairs-00ff")
    'standard/civil_affairs/civil_affairs-00ff.parquet'
    >>> standard("civil_affairs", "civil_affairs-00ff", "ab" * 32)
    'standard/civil_affairs/civil_affairs-00ff-abababababababab.parquet'
    """
    return f"standard/{_code(source)}/{_versioned(extract_id, sha256)}.parquet"


def quarantine(source: str, extract_id: str, sha256: str = "") -> str:
    """Key of the rejected rows of an extract with their reasons; arguments as for `standard`."""
    return f"quarantine/{_code(source)}/{_versioned(extract_id, sha256)}.parquet"


def links(run_id: str, name: str) -> str:
    """Key of a table one linkage run made, such as the pairs with one source.

    >>> links("20261124T010203-ab12cd", "civil_affairs-pairs")
    'links/20261124T010203-ab12cd/civil_affairs-pairs.parquet'
    """
    return f"links/{_code(run_id)}/{_code(name)}.parquet"


def model(run_id: str, name: str) -> str:
    """Key of a linkage model in JSON."""
    return f"models/{_code(run_id)}/{_code(name)}.json"


def report(owner_id: str, name: str, suffix: str = ".json", sha256: str = "") -> str:
    """Key of a report on a run or a delivery: counts and measures, never persons.

    >>> report("civil_affairs-d-00ff", "profile", ".html", "ab" * 32)
    'reports/civil_affairs-d-00ff/profile-abababababababab.html'
    """
    return f"reports/{_code(owner_id)}/{_versioned(name, sha256)}{_suffix(suffix)}"


def receipt(source: str, delivery_id: str, suffix: str, sha256: str) -> str:
    """Key of a receipt (回执): counts, row numbers and reasons, never persons.

    >>> receipt("civil_affairs", "civil_affairs-d-00ff", ".xlsx", "ab" * 32)
    'receipts/civil_affairs/civil_affairs-d-00ff-abababababababab.xlsx'
    """
    return f"receipts/{_code(source)}/{_versioned(delivery_id, sha256)}{_suffix(suffix)}"


def certificate(run_id: str, name: str, suffix: str = ".json") -> str:
    """Key of a certificate of deletion (销毁证明)."""
    return f"certificates/{_code(run_id)}/{_code(name)}{_suffix(suffix)}"


def audit_head(day: str, position: int) -> str:
    """Key of the end of the sealed access log (审计链头) on a day.

    >>> audit_head("2026-11-30", 123)
    'audit/heads/2026-11-30-000000000123.json'
    """
    return f"{AUDIT_HEADS}{_code(day)}-{position:012}.json"


def _suffix(suffix: str) -> str:
    if not _SUFFIX.fullmatch(suffix):
        raise ValueError("A key needs a plain lower-case suffix.")
    return suffix


def _versioned(extract_id: str, sha256: str) -> str:
    if sha256 and not _SHA256.fullmatch(sha256):
        raise ValueError("A versioned key needs a sha256 of 64 hexadecimal digits.")
    return f"{_code(extract_id)}-{sha256[:16]}" if sha256 else _code(extract_id)


def _code(text: str) -> str:
    """A part of a key that may be logged: ASCII letters, digits, `_`, `.` and `-`."""
    if not _CODE.fullmatch(text) or len(text) > 120:
        raise ValueError("Object keys after the drop area are made of codes and ids only.")
    return text

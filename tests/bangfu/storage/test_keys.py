"""Keys after the drop area are made of codes and ids, so that they may be logged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.storage import keys
from bangfu.storage.port import check_key

SHA = "ab" * 32


@pytest.mark.parametrize(
    "key",
    [
        keys.landing("union_roster", "union_roster-00ff", SHA),
        keys.standard("union_roster", "union_roster-00ff", SHA),
        keys.quarantine("union_roster", "union_roster-00ff", SHA),
        keys.links("20261124T010203000-ab12cd34", "civil_affairs-pairs"),
        keys.model("20261124T010203000-ab12cd34", "civil_affairs"),
        keys.report("20261124T010203000-ab12cd34", "summary"),
    ],
)
def test_every_key_is_one_the_store_accepts(key: str) -> None:
    assert check_key(key) == key


@given(st.text())
def test_no_free_text_gets_into_a_key(text: str) -> None:
    """A sender's file name as an argument either is a plain code or is refused."""
    for build in (keys.drop_prefix, lambda part: keys.links(part, "pairs"), lambda part: keys.model("run", part)):
        try:
            key = build(text)
        except ValueError:
            continue
        assert key.isascii()
        check_key(key, prefix=True)

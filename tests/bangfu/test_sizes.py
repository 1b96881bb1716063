"""Amounts of memory: the ways in which people write them."""

import pytest

from bangfu.errors import BangfuError
from bangfu.sizes import bytes_of


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4 * 10**9), ("4g", 4 * 10**9), (" 1.5 GiB ", 3 * 2**29), ("800M", 8 * 10**8), ("2ki", 2048), ("17", 17)],
)
def test_an_amount_is_read(text: str, size: int) -> None:
    assert bytes_of(text, "it") == size


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "0", "4 elephants", "1e9", "4GB 2MB"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BangfuError, match=r"it is .*: give an amount of memory, such as 4GB"):
        bytes_of(text, "it")

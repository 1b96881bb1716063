"""Errors carry what the command line and the receipts need."""

from bangfu.errors import BangfuError, Refused


def test_a_refusal_is_an_error_of_the_user_and_keeps_its_parts() -> None:
    refused = Refused("empty_extract", "文件中没有数据行", "The file holds no data row.")
    assert isinstance(refused, BangfuError)
    assert (refused.code, refused.exit_code) == ("empty_extract", 1)
    assert "文件中没有数据行" in str(refused)

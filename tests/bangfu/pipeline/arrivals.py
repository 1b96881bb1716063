"""One drop area with everything that may lie in it: right and wrong, whole and not, new and sent before."""

from __future__ import annotations

import os
from dataclasses import replace

from bangfu.pipeline.context import Context
from schemas.manifest import MANIFEST, SUCCESS
from tests.bangfu.pipeline.sending import Sending, correction, roster_text

_LONG_AGO = 1_780_000_000
"""When everything was put there, in seconds since 1970: deliveries that cannot be read are known by it."""
_PAGE = b"<html><table></table></html>"
_LISTING = (
    "低保证号,救助类别,成员姓名,成员身份证号\nJ1,农村低保,岩罕,539210199003070036\nJ2,农村低保,,539210199003070087\n"
)
"""A row to accept and one to reject."""

FIRST = Sending({"一车间.csv": roster_text("李娜", "王芳"), "二车间.csv": roster_text("岩罕", "", "玉香")})
"""Two files, one of them with a row to reject."""
CORRECTED = correction(FIRST, {"一车间.csv": roster_text("李娜", "王方"), "二车间.csv": FIRST.files["二车间.csv"]})
"""Revision 2, with one file as it was."""
SHORT = replace(FIRST, period="2026Q3", rows={"二车间.csv": 4})
"""Of one file fewer rows come than are stated."""
SAME_CONTENT = replace(FIRST, sender="530103")
LISTED = Sending({"名单.csv": _LISTING.encode()}, source="civil_affairs", sender="530100", period="2026-05")


def stated(context: Context) -> None:
    """Fill the drop areas of two sources with what says of itself what it is: right, wrong, marked and sent again."""
    roster = "drop/union_roster"
    FIRST.put(context, folder="a-first")
    FIRST.put(context, folder="b-first-again")
    CORRECTED.put(context, folder="c-corrected")
    SHORT.put(context, folder="d-short")
    SAME_CONTENT.put(context, folder="e-same-content")
    for folder, content in (("i-marked", roster_text("张三")), ("k-marked-wrong", _PAGE)):
        context.store.put(f"{roster}/{folder}/一.csv", content)
        context.store.put(f"{roster}/{folder}/二.csv", roster_text("赵六", "钱七"))
        context.store.put(f"{roster}/{folder}/{SUCCESS}", b"")
    LISTED.put(context, folder="listed")


def everything(context: Context) -> None:
    """Fill the drop areas of two sources with that, and with what cannot be read, never ends or says nothing."""
    roster, civil = "drop/union_roster", "drop/civil_affairs"
    stated(context)
    for folder, content in (("f-wrong-source", LISTED.manifest().to_json().encode()), ("g-no-manifest", b"[]")):
        for name in ("一.csv", "二.csv"):
            context.store.put(f"{roster}/{folder}/{name}", roster_text(name))
        context.store.put(f"{roster}/{folder}/{MANIFEST}", content)
    for name in ("一.csv", "二.csv"):
        context.store.put(f"{roster}/h-unannounced/{name}", roster_text(name))
        context.store.put(
            f"{roster}/j-marked-again/{name}", roster_text(*("张三",) if name == "一.csv" else ("赵六", "钱七"))
        )
    context.store.put(f"{roster}/j-marked-again/{SUCCESS}", b"")
    context.store.put(f"{roster}/单独.csv", roster_text("李四"))
    context.store.put(f"{roster}/没有传完.csv", roster_text("王五")[:-1])
    context.store.put(f"{civil}/名单.csv", (_LISTING + "J3,农村低保,玉罕,539210199003070116\n").encode())
    context.store.put(f"{civil}/网页.xls", _PAGE)
    for item in context.store.list("drop/"):
        os.utime(context.store.get_file(item.key), (_LONG_AGO, _LONG_AGO))


PERSONAL = (
    "李娜",
    "王芳",
    "王方",
    "岩罕",
    "玉香",
    "张三",
    "赵六",
    "钱七",
    "李四",
    "王五",
    "玉罕",
    "5392",
    "车间",
    "名单.csv",
)
"""What no message and no log may repeat: people, identity numbers and names of files."""

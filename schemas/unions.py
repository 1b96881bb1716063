"""The two trees of unions (两个组织系统): territorial federations, and industry, system and company unions.

A roster names the parent union (上级工会) in words. `总工会` is the name of a federation alone; unions of townships, streets, villages and
parks are below a county's. The branches are those after which provincial and prefecture unions of an industry are named.
"""

from __future__ import annotations

from enum import StrEnum

from schemas.reference import divisions

__all__ = ["BRANCHES", "INDUSTRY_UNION", "TERRITORIAL_UNION", "Tree", "federation"]


class Tree(StrEnum):
    """Which tree a member's union belongs to."""

    TERRITORIAL = "territorial"  # 地方工会
    INDUSTRY = "industry"  # 产业、系统、公司工会


BRANCHES = (
    *("教育", "教科文卫体", "教科文", "科教文卫", "医药卫生", "卫生健康", "卫生", "交通运输", "交通", "建设", "住建", "能源", "电力"),
    *("农林水利", "农林水", "林业", "水利", "冶金煤炭", "冶金", "煤炭", "煤矿", "机械", "机冶", "化工", "石化", "石油", "轻工", "纺织"),
    *("商贸", "财贸", "财贸金融", "金融", "烟草", "服务", "邮政", "通信", "电信", "信息", "铁路", "民航", "地质", "测绘", "国防", "军工"),
    *("机关", "直属机关", "公安", "司法", "税务", "气象", "海关", "监狱", "农垦", "供销", "旅游", "文化旅游", "工业", "电子"),
)  # fmt: skip
"""Branches by name."""

_END = "工会(?:委员会|联合会|工作委员会)?$"
TERRITORIAL_UNION = rf"总{_END}|(?:街道|[镇乡村]|社区|园区|开发区|工业园|经开区|高新区){_END}"
"""A name of the territorial tree, as a regular expression."""

INDUSTRY_UNION = (
    rf"(?:{'|'.join(BRANCHES)}|系统|产业|行业){_END}|(?:公司|集团|[厂矿局行社所站院校场]|中心|学校|大学|医院){_END}"
)
"""A name of the other tree, as a regular expression; `TERRITORIAL_UNION` goes before it."""


def federation(code: str) -> str:
    """The territorial federation of a division.

    >>> federation("530102"), federation("533100"), federation("530000")
    ('五华区总工会', '德宏傣族景颇族自治州总工会', '云南省总工会')
    """
    return f"{divisions()[code].name}总工会"

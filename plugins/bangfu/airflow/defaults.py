"""What all DAGs have in common, and their documentation, made from the declarations."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable

from bangfu.china_time import CHINA
from schemas.vocabulary import PURPOSES

if TYPE_CHECKING:
    from airflow.sdk import Asset, AssetAny

    from schemas.source import Source

__all__ = ["ALL_DAGS", "Stage", "documentation", "source_documentation", "woken_by"]

TIMEZONE = CHINA.key

ALL_DAGS: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,
    "dagrun_timeout": timedelta(hours=6),
    "default_args": {
        "owner": "bangfu",
        "retries": 2,
        "retry_delay": timedelta(seconds=20),
        "retry_exponential_backoff": 3.0,
        "max_retry_delay": timedelta(minutes=10),
        "execution_timeout": timedelta(hours=3),
    },
}
"""Arguments of every DAG. One run at a time: a stage reads all that is there, so a second run beside it
would do the same work."""


def woken_by(assets: "Asset | AssetAny", cron: str) -> AssetOrTimeSchedule:
    """Return a schedule: when an asset is updated, and in any case by the clock.

    The clock is the net under the events: a run that finds nothing to do ends within seconds.

    Args:
        assets: What wakes the DAG.
        cron: Times in China Standard Time.
    """
    return AssetOrTimeSchedule(assets=assets, timetable=CronTriggerTimetable(cron, timezone=TIMEZONE))


@dataclass(frozen=True)
class Stage:
    """What one DAG does, for its page.

    Attributes:
        zh, en: One sentence each.
        reads, writes: Where the data comes from and goes.
        again: What a second run does.
    """

    zh: str
    en: str
    reads: str
    writes: str
    again: str


def documentation(title: str, stage: Stage) -> str:
    """Return the page of a DAG in Markdown, Chinese first."""
    return f"""### {title}

{stage.zh}

{stage.en}

| | |
|---|---|
| 读 reads | {stage.reads} |
| 写 writes | {stage.writes} |
| 重跑 again | {stage.again} |

任务之间只传编号和计数,不传任何个人信息。Between tasks travel ids and counts, never personal values.
"""


_UNANNOUNCED = {"accept": "接收 taken", "hold": "待批准 waits for approval", "refuse": "拒收 refused"}
_CADENCE = {"daily": "每日 daily", "monthly": "每月 monthly", "quarterly": "每季 quarterly"}


def source_documentation(source: "Source", stage: Stage) -> str:
    """Return the page of a DAG of one source: the stage, and what is declared of the source."""
    basis = source.legal_basis
    columns = "、".join(dict.fromkeys(column.aliases[0] for column in source.columns))
    refused = "、".join(source.forbidden) or "—"
    return f"""{documentation(f"{source.zh} {source.en}", stage)}
| 数据源 source | `{source.code}` |
|---|---|
| 提供单位 owner | {source.owner_zh} |
| 频次 cadence | {_CADENCE[source.cadence]} |
| 法律依据 legal basis | {basis.kind}:《{basis.document}》{basis.number},有效至 until {basis.valid_until.isoformat()} |
| 用途 purpose | {PURPOSES[source.purpose].zh} {PURPOSES[source.purpose].en} |
| 无清单文件 without a manifest | {_UNANNOUNCED[source.unannounced]} |
| 接收的列 columns taken | {columns} |
| 必填 required | {"、".join(f"`{name}`" for name in dict.fromkeys(source.required))} |
| 不接收的列 never taken | {refused} |
"""

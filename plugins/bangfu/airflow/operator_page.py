"""Pages for operators inside Airflow (运行概况): counts of the installation and the reports of deliveries.

No personal data is on them. Airflow shows them in a frame that may open no window, so links stay in the frame. Airflow
mounts a plugin's application without authentication, so the application itself asks for
Airflow's log-in on every route.
"""

from html import escape
from typing import Any
from urllib.parse import quote

from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse

__all__ = ["operator_app"]

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.6 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 1.5rem; max-width: 90rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
table { border-collapse: collapse; } td, th { padding: .2rem 1rem .2rem 0; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
td { vertical-align: top; } td:nth-child(10) { min-width: 13rem; } a { white-space: nowrap; }
tr + tr td { border-top: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
"""


def operator_app() -> FastAPI:
    """Return the application; Airflow mounts it under `/bangfu`."""
    from airflow.api_fastapi.core_api.security import get_user

    app = FastAPI(title="bangfu", dependencies=[Depends(get_user)], docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/", response_class=HTMLResponse)
    def page() -> HTMLResponse:
        return HTMLResponse(render(_status()), headers=_headers(_policy()))

    @app.get("/profile/{delivery_id}", response_class=HTMLResponse)
    def profile(delivery_id: str) -> HTMLResponse:
        from bangfu.errors import BangfuError
        from bangfu.profiling import content_security_policy

        try:
            content = _profile(delivery_id)
        except BangfuError as error:
            told = f"<p>{escape(str(error))}</p>"
            return HTMLResponse(_page("数据质量报告 Profile", told), 404, headers=_headers(_policy()))
        return HTMLResponse(content, headers=_headers(content_security_policy()))

    @app.get("/status")
    def status() -> dict[str, Any]:
        return _status()

    return app


def render(status: dict[str, Any]) -> str:
    """Return the page for a status: single values first, then one table per list."""
    single = {name: value for name, value in status.items() if not isinstance(value, list)}
    lists = {name: value for name, value in status.items() if isinstance(value, list)}
    sections = [_section("概况 overview", [{"": _title(name), " ": value} for name, value in single.items()])]
    sections += [_section(_title(name), rows, _NOTES.get(name, "")) for name, rows in lists.items()]
    return _page("运行概况 Status", "".join(sections))


def _page(title: str, content: str) -> str:
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>帮扶 bangfu</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>{content}</main></body></html>"
    )


_NOTES = {
    "held": "请先看质量报告，再在 Airflow 的“待办操作”中答复，或用 bangfu approve 决定。"
    "Look at the report, then answer under Required Actions, or decide with bangfu approve.",
    "notices": "死信用 bangfu dispatch --dead 查看，--requeue 重发。"
    "What was given up is listed by bangfu dispatch --dead; --requeue tries it again.",
}
"""What a reader can do about a list."""

_TITLES = {
    "held": "待批准的投递 deliveries that wait for approval",
    "latest": "最近的投递 latest deliveries",
    "delivery_id": "投递号 delivery",
    "sender": "报送单位 sender",
    "period": "所属期 period",
    "revision": "版次 revision",
    "received_at": "接收时间 received",
    "rows": "数据行 rows",
    "rejected": "退回行 rejected",
    "reason": "原因 reason",
    "home": "安装目录 home",
    "deliveries": "投递 deliveries",
    "runs": "运行 runs",
    "candidates": "线索 candidates",
    "candidates_by_county": "各县线索 candidates by county",
    "list_version": "清单版本 list version",
    "services": "服务 services",
    "service": "服务 service",
    "address": "地址 address",
    "state": "状态 state",
    "status": "状态 status",
    "source": "数据源 source",
    "rows_in": "读入行 rows in",
    "rows_accepted": "接受行 accepted",
    "rows_rejected": "退回行 rejected",
    "run_id": "运行编号 run",
    "stage": "阶段 stage",
    "started_at": "开始 started",
    "finished_at": "结束 finished",
    "county_code": "县代码 code",
    "county": "县 county",
    "unacknowledged": "逾期未签收的通知 notices not acknowledged in time",
    "notices": "通知发送 notices by channel",
    "channel": "渠道 channel",
    "waiting": "待发 waiting",
    "sent": "已发 sent",
    "dead": "死信 given up",
    "cancelled": "已取消 cancelled",
    "oldest": "最早待发 oldest waits since",
    "servers_down": "不可达的服务器 servers that are down",
    "server": "服务器 server",
    "failures": "连续失败 failures in a row",
    "until": "再试时间 tried again at",
}


def _title(name: str) -> str:
    return _TITLES.get(name, name)


def _section(title: str, rows: list[dict[str, Any]], note: str = "") -> str:
    """One table; its columns are the keys of the first row."""
    columns = [name for name in rows[0] if name != "profile"] if rows else []
    head = "".join(f'<th scope="col">{escape(_title(name))}</th>' for name in columns)
    body = "".join("<tr>" + "".join(_cell(row, name) for name in columns) + "</tr>" for row in rows)
    content = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if rows else "<p>—</p>"
    told = f"<p>{escape(note)}</p>" if note and rows else ""
    return f"<section><h2>{escape(title)}</h2>{told}{content}</section>"


def _cell(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if isinstance(value, int):
        return f'<td class="number">{value:,}</td>'
    text = "—" if value is None else escape(str(value)).replace("\n", "<br>")
    if name == "delivery_id" and row.get("profile"):
        text = f'<a href="profile/{quote(str(value), safe="")}">{text}</a>'
    return f"<td>{text}</td>"


def _headers(policy: str) -> dict[str, str]:
    return {**_HEADERS, "Content-Security-Policy": f"{policy}; frame-ancestors 'self'"}


def _policy() -> str:
    from base64 import b64encode
    from hashlib import sha256

    digest = b64encode(sha256(_STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _status() -> dict[str, Any]:
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.intake.profile_page import held_and_latest
    from bangfu.pipeline.status import status

    with open_context() as context:
        held, latest = held_and_latest(context)
        return {"held": held, "latest": latest, **status(context)}


def _profile(delivery_id: str) -> str:
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.intake.profile_page import profile_page

    with open_context() as context:
        return profile_page(context, delivery_id)

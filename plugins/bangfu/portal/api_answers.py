"""What the interface answers: its models, and its errors as problem details (RFC 9457), in both languages."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from schemas.notices import COUNTS, KINDS, Words

__all__ = ["PROBLEMS", "Acknowledgement", "NoticeAnswer", "NoticePage", "ProblemError", "problem", "responses"]

PROBLEMS: Mapping[str, Words] = {
    "cursor_unreadable": Words("游标无法识别，请使用上次返回的 next", "this is no cursor: use `next` of an answer"),
    "parameters_unreadable": Words("参数不符合要求", "a parameter does not fit"),
    "token_invalid": Words("令牌缺失、有误、过期或已撤销", "the token is missing, wrong, over or revoked"),
    "scope_missing": Words("令牌没有此项权限", "the token does not allow this"),
    "notice_unknown": Words("没有这条通知", "there is no such notice"),
    "not_found": Words("没有这个地址", "there is no such address"),
    "not_supported": Words("不支持的操作", "not supported"),
    "too_large": Words("提交的内容过大", "too much was sent"),
    "too_many_requests": Words("请求过于频繁，请稍后再试", "too many requests: wait a little"),
    "unexpected": Words("系统故障", "something failed here"),
    "unavailable": Words("暂时无法提供服务", "not available at the moment"),
}
"""Every problem with what it means."""

_MEDIA = "application/problem+json"


class NoticeAnswer(BaseModel):
    """One notice (通知)."""

    id: str = Field(description="编号 opaque id; webhooks of the same notice carry it in `data.id`")
    kind: str = Field(description="；".join(f"`{kind}` {words.zh} {words.en}" for kind, words in KINDS.items()))
    union: str = Field(description="工会：区划代码或名称 division code of a federation, or name of a union")
    list_version: int = Field(description="名单版次 version of the list")
    counts: dict[str, int] = Field(
        description="；".join(f"`{key}` {words.zh} {words.en}" for key, words in COUNTS.items())
    )
    acknowledge_by: dt.date = Field(description="签收期限 day by which it should be acknowledged")
    due_on: dt.date | None = Field(description="核查结果回报期限 day by which visits should be reported")
    due_at: dt.datetime | None = Field(
        description="抢先线索联系到人的时限 moment by which urgent clues must be contacted"
    )
    about: str | None = Field(description="催办所指的通知 the notice that a reminder is about")
    created_at: dt.datetime = Field(description="生成时间 when it was written")
    link: str = Field(description="办理地址 where the clues are; asks for a log-in")
    acknowledged_at: dt.datetime | None = Field(description="签收时间 from when on it counts as acknowledged")


class NoticePage(BaseModel):
    """Notices, and where to go on (一页通知)."""

    notices: list[NoticeAnswer]
    next: str = Field(description="下次读取的游标 cursor to go on from")
    more: bool = Field(description="是否还有 whether more are there already")


class Acknowledgement(BaseModel):
    """A notice was acknowledged (已签收)."""

    id: str
    acknowledged_at: dt.datetime = Field(description="首次签收时间 when it was first acknowledged by the interface")


class Problem(BaseModel):
    """What went wrong (错误)."""

    model_config = ConfigDict(extra="forbid")

    status: int
    code: str = Field(description="；".join(f"`{code}` {words.zh}" for code, words in PROBLEMS.items()))
    title: str = Field(description="英文说明 in English")
    title_zh: str = Field(description="中文说明 in Chinese")


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, status: int, code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers


def problem(status: int, code: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer that tells a problem."""
    words = PROBLEMS[code]
    body = {"status": status, "code": code, "title": words.en, "title_zh": words.zh}
    return JSONResponse(body, status, headers=headers, media_type=_MEDIA)


_MEANINGS = {
    400: "参数或游标有误 a parameter or the cursor cannot be read",
    401: "令牌无效 no valid token",
    403: "没有权限 the token does not allow this",
    404: "没有这条通知 no such notice of this union",
    429: "请求过于频繁，见 Retry-After too many requests, see Retry-After",
    503: "暂时无法提供服务，见 Retry-After not available, see Retry-After",
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How the errors of a route are described."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": _MEANINGS[status], "model": Problem, "content": {_MEDIA: {"schema": schema}}}
        for status in statuses
    }

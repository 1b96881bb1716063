"""Uploading (上传): the form for one period of one source, and taking its files to the drop area, the manifest last."""

import hmac
import logging
import secrets
import tempfile
from pathlib import Path, PurePath

from fastapi import APIRouter, HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.delivery_queries import own_revisions
from bangfu.db.sessions import PortalUser
from bangfu.pipeline.intake.drop import put_delivery, safe_name
from bangfu.portal.languages import page_language
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import Department, leave_when_idle
from bangfu.portal.rendering import render
from bangfu.portal.sent_forms import FILE_LIMIT, FORM_LIMIT, BrokenFormError, SentForm, read_form
from bangfu.portal.texts import say
from bangfu.portal.upload_proof import address_after_upload
from bangfu.storage import StoreError
from schemas.manifest import MANIFEST, PERIOD, SUCCESS, Manifest, ManifestError, ManifestFile, read_manifest
from schemas.sources import SOURCES

__all__ = ["FILES", "router"]

router = APIRouter()

FILES = 6
"""Files that one form takes."""
_LOG = logging.getLogger("bangfu.portal")
_MEGABYTE = 1024**2


class _Problem(Exception):  # noqa: N818
    """Why a form cannot be sent on: the key of a text and its values."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


@router.get("/deliveries/new")
def upload_page(request: Request, department: Department, source: str = "", period: str = "") -> Response:
    """The form for one period of one source."""
    if source not in department.user.sources or source not in SOURCES or not PERIOD.fullmatch(period):
        raise HTTPException(404)
    return leave_when_idle(request, _form(request, department, source, period))


@router.post("/deliveries")
async def send(request: Request, department: Department) -> Response:
    """Take the files of a form, put them into the drop area, the manifest last."""
    room = request.app.state.portal.upload_room
    if not room.acquire(blocking=False):
        raise HTTPException(503)
    try:
        with tempfile.TemporaryDirectory(prefix="bangfu-") as folder:
            try:
                form = await read_form(request, Path(folder))
            except ClientDisconnect:
                return Response(status_code=400)  # nobody is there to read it
            except BrokenFormError:
                raise HTTPException(400) from None
            return await run_in_threadpool(_send, request, department, form)
    finally:
        room.release()


def _send(request: Request, department: PortalUser, form: SentForm) -> Response:
    if not hmac.compare_digest(form.fields.get("csrf_token", "").encode(), department.csrf_token.encode()):
        raise HTTPException(403)
    source, period = form.fields.get("source", ""), form.fields.get("period", "")
    if source not in department.user.sources or source not in SOURCES or not PERIOD.fullmatch(period):
        raise HTTPException(404)
    try:
        manifest = _manifest(request, department, form)
    except _Problem as problem:
        status = 413 if problem.key == "problem.too_large" else 400
        return leave_when_idle(request, _form(request, department, source, period, problem, status))
    with own_scope(request, department) as connection:
        record(connection, request, department, "upload")
    try:
        paths = [file.path for file in form.files]
        put_delivery(request.app.state.portal.store(), manifest, paths, secrets.token_hex(12))
    except StoreError as error:
        _LOG.error("request %s: %s", request.state.request_id, error)
        raise HTTPException(503) from None
    identity, size = manifest.delivery_id(), sum(file.size for file in manifest.files)
    _LOG.info("request %s: %s uploaded, %d files, %d bytes", request.state.request_id, identity, len(paths), size)
    return RedirectResponse(address_after_upload(request, department, identity), 303)


def _manifest(request: Request, department: PortalUser, form: SentForm) -> Manifest:
    """What the form states about its files.

    Raises:
        _Problem: Something is missing or wrong.
    """
    if form.too_large:
        raise _Problem("problem.too_large", **_limits())
    if not form.files or any(not file.size for file in form.files):
        raise _Problem("problem.no_file")
    source, period = form.fields["source"], form.fields["period"]
    rows = [_whole(form.fields.get(file.field.replace("file", "rows"))) for file in form.files]
    revision = _whole(form.fields.get("revision"))
    if None in rows:
        raise _Problem("problem.rows")
    with own_scope(request, department) as connection:
        taken = own_revisions(connection, source).get(period, 0)
    if revision and revision <= taken:
        raise _Problem("problem.revision", revision=revision, following=taken + 1)
    files: list[ManifestFile] = []
    for file, count in zip(form.files, rows, strict=True):
        name = _free_name(safe_name(file.name), {known.name for known in files})
        files.append(ManifestFile(name, file.size, file.sha256, count or 0))
    stated = Manifest(source, department.user.area_code, period, revision or 0, tuple(files))
    try:
        return read_manifest(stated.to_json().encode())
    except ManifestError:
        repeated = len({file.sha256 for file in files}) < len(files)
        reason = "problem.same_file" if repeated else "problem.other"
        raise _Problem("problem.manifest", reason=say(reason, page_language(request))) from None


def _form(
    request: Request, department: PortalUser, source: str, period: str, problem: _Problem | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    language = page_language(request)
    with own_scope(request, department) as connection:
        taken = own_revisions(connection, source).get(period, 0)
        record(connection, request, department, "upload_form")
    declared = SOURCES[source]
    context = {
        "source": source,
        "source_name": declared.zh if language == "zh" else declared.en,
        "period": period,
        "revision": taken + 1,
        "sender": department.user.area_code,
        "files": FILES,
        "limits": _limits(),
        "problem": say(problem.key, language, **problem.values) if problem else "",
    }
    return render(request, "delivery_new.html", context, status)


def _free_name(name: str, taken: set[str]) -> str:
    """A file name that no other file of the delivery has and that means nothing to the drop area."""
    if name in {MANIFEST, SUCCESS}:
        name = f"_{name}"
    path, number, free = PurePath(name), 2, name
    while free in taken:
        free, number = f"{path.stem}-{number}{path.suffix}", number + 1
    return free


def _whole(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _limits() -> dict[str, int]:
    return {"file_limit": FILE_LIMIT // _MEGABYTE, "form_limit": FORM_LIMIT // _MEGABYTE}

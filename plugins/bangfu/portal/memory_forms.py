"""A small form with one file (单文件表单), held in memory: what is personal never lies on a disk in the clear."""

import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import HTTPException
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from bangfu.db.sessions import PortalUser

__all__ = ["form_in_memory"]


@asynccontextmanager
async def form_in_memory(
    request: Request, reader: PortalUser, most: int
) -> AsyncIterator[tuple[Mapping[str, str], bytes]]:
    """The texts of a form and the content of its field `file`, empty without one; the block is one upload in progress.

    Args:
        request: A POST whose body has not been read.
        reader: Who sends it; the form must come from a page of their session.
        most: Bytes that the form may have; larger ones are refused before they come here.

    Raises:
        HTTPException: 503 where too many uploads go on, 400 for what is no such form, 403 for one of another session.
    """
    room = request.app.state.portal.upload_room
    if not room.acquire(blocking=False):
        raise HTTPException(503)
    try:
        fields, content = await _read(request, most)
        if not hmac.compare_digest(fields.get("csrf_token", "").encode(), reader.csrf_token.encode()):
            raise HTTPException(403)
        yield fields, content
    finally:
        room.release()


async def _read(request: Request, most: int) -> tuple[dict[str, str], bytes]:
    try:
        parser = MultiPartParser(request.headers, request.stream(), max_files=1, max_fields=4)
        parser.spool_max_size = most
        form = await parser.parse()
    except (ClientDisconnect, MultiPartException, KeyError):
        raise HTTPException(400) from None
    file = form.get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    await form.close()
    return {name: value for name, value in form.items() if isinstance(value, str)}, content

"""The portal seals what it logs (封存) and removes uploads whose time is over, beside its pages: nobody's page waits for it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bangfu.db.audit import seal
from bangfu.db.workbook_uploads import purge_uploads

__all__ = ["EVERY_SECONDS", "sealing"]

EVERY_SECONDS = 30.0
"""How long an entry stays without a place in the chain."""

_LOG = logging.getLogger("bangfu.portal")


@contextmanager
def sealing(engine: Engine, every: float = EVERY_SECONDS) -> Iterator[None]:
    """Seal the access log again and again as long as the block lasts; of several processes, one does it at a time."""
    ended = Event()
    thread = Thread(target=_seal_until, args=(ended, engine, every), name="sealing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(10)


def _seal_until(ended: Event, engine: Engine, every: float) -> None:
    while not ended.wait(every):
        try:
            seal(engine)
            purge_uploads(engine)
        except SQLAlchemyError as error:
            _LOG.error(
                "sealing the access log or purging uploads failed: %s", type(error).__name__
            )  # the next turn tries again

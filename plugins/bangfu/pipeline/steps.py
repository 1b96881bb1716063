"""The steps of intake that outlive the process (步骤): every object put or deleted and every transaction, by name.

A process may be killed after any of them, and a store or database may fail at any of them; run again, the work ends as
if nothing had happened. Each such write stands in a `with step(...)` block, so that a test can kill the process at
every one, and finds out when a write has none.
"""

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["Step", "current_step", "step"]


class Step(enum.StrEnum):
    """The durable writes of receive, standardise and what follows them, in the order in which they happen."""

    KEEP_DATA_KEY = "receive: keep the data key"
    PUT_LANDING = "receive: put the landed cells"
    REGISTER_DELIVERY = "receive: register the delivery with its extracts"
    REFUSE_DELIVERY = "receive: register a refused delivery"
    PUT_REFUSAL_WORKBOOK = "receive: put the workbook of a refusal"
    PUT_REFUSAL = "receive: put the receipt of a refusal"
    NAME_REFUSAL = "receive: name the receipt of a refusal"
    REMEMBER_DROP = "receive: remember a repetition"
    CLEAR_DATA = "receive: delete a data file from the drop area"
    CLEAR_MANIFEST = "receive: delete the manifest from the drop area"
    FORGET_DROP = "receive: forget a drop that is cleared"
    PUT_STANDARD = "standardise: put the accepted rows"
    PUT_QUARANTINE = "standardise: put the rejected rows"
    COMPLETE_EXTRACT = "standardise: register the extract as standardised"
    PUT_PROFILE = "standardise: put the profile"
    PUT_RECEIPT_WORKBOOK = "standardise: put the receipt's workbook"
    PUT_RECEIPT = "standardise: put the receipt"
    DECIDE_DELIVERY = "standardise: accept or hold the delivery"
    PUT_DECISION_WORKBOOK = "approve: put the workbook of the decision's receipt"
    PUT_DECISION = "approve: put the decision's receipt"
    DECIDE_HELD = "approve: decide about a held delivery"
    PUT_RETRACTION_WORKBOOK = "retract: put the workbook of the retraction's receipt"
    PUT_RETRACTION = "retract: put the retraction's receipt"
    RETRACT_DELIVERY = "retract: withdraw the delivery"
    START_RETIRE = "retire: register the run, and close those that were interrupted"
    PUT_EXPIRY_WORKBOOK = "retire: put the workbook of the receipt of what nobody decided about"
    PUT_EXPIRY = "retire: put the receipt of what nobody decided about"
    RECORD_DELETION = "retire: record a deletion and forget the objects"
    DELETE_OBJECT = "retire: delete an object"
    FINISH_RETIRE = "retire: close the run with its certificate"
    PUT_CERTIFICATE = "retire: put the certificate"
    REDUCE_CASES = "clear: reduce ended cases"
    REMOVE_LIST = "clear: remove a list that was replaced"
    SHORTEN_LOG = "clear: remove the access log up to a head, and keep it"
    REMOVE_APPROVALS = "clear: remove approvals"
    REMOVE_NOTICES = "clear: remove notices"
    REMOVE_UPLOADS = "clear: remove uploads"
    REMOVE_SESSIONS = "clear: remove sessions"
    START_ROTATE = "rotate: register the run"
    REWRAP_KEY = "rotate: wrap a data key anew"
    FINISH_ROTATE = "rotate: close the run"


_current: ContextVar[Step | None] = ContextVar("step", default=None)


@contextmanager
def step(name: Step) -> Iterator[None]:
    """Name the durable writes of a block."""
    token = _current.set(name)
    try:
        yield
    finally:
        _current.reset(token)


def current_step() -> Step | None:
    """The step whose block is being executed."""
    return _current.get()

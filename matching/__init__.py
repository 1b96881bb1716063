"""A linkage library (记录匹配) that stands on its own: tables in, tables out.

No database, network, clock or settings. Names are loaded on first use, so that importing one small
module (a standardiser, for example) does not load the compiler of the comparison kernels.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matching.cluster_ids import carry_ids
    from matching.errors import LinkError, ModelError
    from matching.explanation import explain
    from matching.incremental.relink import keep_linked, relink
    from matching.linkage import LinkOptions, LinkResult, dedupe, link
    from matching.model import Model
    from matching.persons import PersonSource, form_persons
    from matching.proposal.propose import propose

__all__ = ["LinkError", "LinkOptions", "LinkResult", "Model", "ModelError", "PersonSource", "carry_ids", "dedupe"]
__all__ += ["explain", "form_persons", "keep_linked", "link", "propose", "relink"]

_HOME = {
    "LinkError": "errors",
    "ModelError": "errors",
    "carry_ids": "cluster_ids",
    "explain": "explanation",
    "keep_linked": "incremental.relink",
    "relink": "incremental.relink",
    "LinkOptions": "linkage",
    "LinkResult": "linkage",
    "dedupe": "linkage",
    "link": "linkage",
    "Model": "model",
    "PersonSource": "persons",
    "form_persons": "persons",
    "propose": "proposal.propose",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'matching' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"matching.{_HOME[name]}"), name)

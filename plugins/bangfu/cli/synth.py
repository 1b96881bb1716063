"""`bangfu synth`: a synthetic province to try everything on."""

from pathlib import Path
from typing import Annotated

from typer import Option

from bangfu.cli.output import Json, emit, plain, progress_bars

__all__ = ["synth"]


def synth(
    out: Annotated[Path, Option("--out", help="Directory to write; made when absent.", file_okay=False)],
    members: Annotated[int, Option("--members", min=1, help="Union members.")] = 100_000,
    seed: Annotated[int, Option("--seed", help="The same seed makes the same province.")] = 1,
    errors: Annotated[float, Option("--errors", min=0, max=3, help="Scale of the error rates; 0 is clean.")] = 1.0,
    rate: Annotated[
        list[str] | None,
        Option("--rate", metavar="SOURCE.ERROR=SHARE", help="One error rate, on top of --errors; may be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """Write a synthetic province: one realistic, messy extract per source, and the truth apart.

    The people do not exist: their identity numbers carry a region block that is not assigned.

    Example:
      bangfu synth --members 20000 --seed 7 --out province
      bangfu synth --members 20000 --rate union_roster.id_missing=0.1 --out no-numbers
      bangfu receive medical_settlement province/extracts/medical_settlement/*
    """
    from bangfu.synth import ErrorRates, SynthRequest, synthesise

    rates = ErrorRates().scaled(errors).changed(rate or ())
    with progress_bars(json=json) as progress:
        summary = synthesise(SynthRequest(members=members, seed=seed, out=out, errors=rates), progress)
    counts = plain(summary)
    emit(summary, json=json, lines=[f"{name}: {value}" for name, value in counts.items()])

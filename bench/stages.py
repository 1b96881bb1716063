"""Where the time of one `matching.link` goes: seconds and processor's seconds by stage, without touching the library.

Calls from one module of `matching` into another are watched on the main thread, and every moment is charged to the
innermost of them; work that threads do meanwhile counts as processor's time of the stage that waits for them.
"""

import functools
import inspect
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

STAGES: Mapping[str, str] = {
    "columns": "encode",
    "comparisons": "encode",
    "digits": "encode",
    "names": "encode",
    "addresses": "encode",
    "sets": "encode",
    "keys": "block",
    "blocking": "block",
    "engines": "compare",
    "engines.local.random_counts": "estimate",
    "estimation": "estimate",
    "em": "estimate",
    "scoring": "score",
    "assignment": "assign",
    "clusters": "assign",
    "linkage": "link",
    "fitting": "link",
    "requirements": "link",
}
"""The stage of each module of `matching`, or of one call; a call made within a stage belongs to it, "link" alone gives way."""


@dataclass
class Stages:
    """Seconds and processor's seconds of each stage and of each watched call, nested ones excluded."""

    by_stage: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))
    by_call: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))
    _stack: list[tuple[str, str]] = field(default_factory=lambda: [("read", "read")])
    _last: tuple[float, float] = (0.0, 0.0)

    def start(self) -> None:
        """Watch the modules of `matching` that are loaded by now, and start the clock."""
        for name, module in sorted(sys.modules.items()):
            if name.startswith("matching.") and ".kernels" not in name:
                self._watch(vars(module), name)
        self._last = _now()

    def stop(self) -> None:
        """Charge what has passed since the last call."""
        self._charge()

    def lines(self) -> list[str]:
        """The stages in the order in which they began, and the calls that took longest."""
        whole = sum(wall for wall, _ in self.by_stage.values())
        lines = [f"{'stage':<12}{'seconds':>9}{'share':>7}{'CPU s':>9}"]
        lines += [
            f"{name:<12}{wall:>9.2f}{wall / whole:>7.0%}{cpu:>9.2f}" for name, (wall, cpu) in self.by_stage.items()
        ]
        longest = sorted(self.by_call.items(), key=lambda item: -item[1][0])[:12]
        lines += ["", f"{'call':<40}{'seconds':>9}{'CPU s':>9}"]
        return lines + [f"{name:<40}{wall:>9.2f}{cpu:>9.2f}" for name, (wall, cpu) in longest]

    def _watch(self, names: dict[str, Any], home: str) -> None:
        for name, value in list(names.items()):
            source = getattr(value, "__module__", None) or ""
            if not source.startswith("matching.") or ".kernels" in source:
                continue
            if inspect.isfunction(value) and (source != home or home == "matching.linkage"):
                names[name] = self._timed(value, source)
            elif inspect.isclass(value) and source == home and not issubclass(value, BaseException):
                for method, function in list(vars(value).items()):
                    if inspect.isfunction(function) and not method.startswith("_"):
                        setattr(value, method, self._timed(function, source))

    def _timed(self, function: Callable[..., Any], source: str) -> Callable[..., Any]:
        module = source.split(".")[1]
        label = f"{source.removeprefix('matching.')}.{function.__qualname__}"

        @functools.wraps(function)
        def timed(*given: Any, **named: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                return function(*given, **named)
            with _Within(self, module, label):
                result = function(*given, **named)
            return self._each(result, module, label) if inspect.isgenerator(result) else result

        return timed

    def _each(self, items: Iterator[Any], module: str, label: str) -> Iterator[Any]:
        while True:
            with _Within(self, module, label):
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item

    def _charge(self) -> None:
        now = _now()
        stage, label = self._stack[-1]
        for place in (0, 1):
            spent = now[place] - self._last[place]
            self.by_stage[stage][place] += spent
            self.by_call[label][place] += spent
        self._last = now


@dataclass
class _Within:
    """One watched call."""

    stages: Stages
    module: str
    label: str

    def __enter__(self) -> None:
        self.stages._charge()
        outer = self.stages._stack[-1][0]
        stage = STAGES.get(self.label, STAGES.get(self.module, "link")) if outer in ("read", "link") else outer
        self.stages._stack.append((stage, self.label))

    def __exit__(self, *_: object) -> None:
        self.stages._charge()
        self.stages._stack.pop()


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()

"""Where the time of one `matching.link` goes: seconds and processor's seconds by stage, without touching the library.

Calls from one module of `matching` into another are watched. On the main thread every moment is charged to the innermost
of them; what other threads compute meanwhile is processor's time of their own innermost call or, where none is
watched, of the stage that waits for them.
"""

import functools
import inspect
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

STAGES: Mapping[str, str] = {
    "columns": "encode",
    "comparisons": "encode",
    "digits": "encode",
    "names": "encode",
    "addresses": "encode",
    "sets": "encode",
    "standardise": "encode",
    "linkage._encode": "encode",
    "keys": "block",
    "blocking": "block",
    "engines": "compare",
    "comparisons.compare_into": "compare",
    "engines.local.random_counts": "estimate",
    "sampling": "estimate",
    "estimation": "estimate",
    "em": "estimate",
    "scoring": "score",
    "linkage._score": "score",
    "linkage._pairs_table": "hand over",
    "linkage._sorted_by_id": "sort",
    "linkage._ascending": "sort",
    "assignment": "assign",
    "clusters": "assign",
}
"""The stage of each module of `matching`, or of one call. A call made within a stage belongs to that stage, except
while columns are encoded, when blocks are formed, too."""

OPEN = ("read", "other", "encode")


@dataclass
class Stages:
    """Seconds and processor's seconds of each stage and of each watched call, nested ones excluded."""

    by_stage: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))
    by_call: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))
    _main: "list[tuple[str, str]]" = field(default_factory=lambda: [("read", "read")])
    _last: tuple[float, float] = (0.0, 0.0)
    _own: threading.local = field(default_factory=threading.local)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Watch the modules of `matching` that are loaded by now, and start the clock."""
        for name, module in sorted(sys.modules.items()):
            if name.startswith("matching.") and ".kernels" not in name:
                self._watch(vars(module), name)
        self._last = (time.perf_counter(), time.process_time())

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
        longest = sorted(self.by_call.items(), key=lambda item: -item[1][1])[:14]
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
        label = f"{source.removeprefix('matching.')}.{function.__qualname__}"
        stage = STAGES.get(label, STAGES.get(source.split(".")[1], "other"))

        @functools.wraps(function)
        def timed(*given: Any, **named: Any) -> Any:
            with self._within(stage, label):
                result = function(*given, **named)
            return self._each(result, stage, label) if inspect.isgenerator(result) else result

        return timed

    def _each(self, items: Iterator[Any], stage: str, label: str) -> Iterator[Any]:
        while True:
            with self._within(stage, label):
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item

    @contextmanager
    def _within(self, stage: str, label: str) -> Iterator[None]:
        on_main = threading.current_thread() is threading.main_thread()
        stack = self._main if on_main else self._own.__dict__.setdefault("stack", [])
        outer = (stack or self._main)[-1][0]
        self._charge() if on_main else self._charge_thread(stack)
        stack.append((stage if outer in OPEN else outer, label))
        try:
            yield
        finally:
            self._charge() if on_main else self._charge_thread(stack)
            stack.pop()

    def _charge(self) -> None:
        """The main thread's time, and the processor's time of the whole process, to the main thread's innermost call."""
        now = (time.perf_counter(), time.process_time())
        with self._lock:
            for place in (0, 1):
                self._add(self._main[-1], place, now[place] - self._last[place])
            self._last = now

    def _charge_thread(self, stack: list[tuple[str, str]]) -> None:
        """Another thread's processor's time to its innermost call instead of the main thread's."""
        now = time.thread_time()
        if stack:
            with self._lock:
                spent = now - self._own.last
                self._add(stack[-1], 1, spent)
                self._add(self._main[-1], 1, -spent)
        self._own.last = now

    def _add(self, call: tuple[str, str], place: int, spent: float) -> None:
        for table, name in zip((self.by_stage, self.by_call), call, strict=True):
            table[name][place] += spent

"""Profiles (数据质量画像): what an extract holds, counted, and how it differs from the sender's previous one.

A profile and its report hold counts only: of codes of closed lists, divisions, years, months and bands. No value of a
person is in them.
"""

from bangfu.profiling.counting import Profiler
from bangfu.profiling.drift import Drift, Finding, Measure, drift
from bangfu.profiling.page import About, content_security_policy, render
from bangfu.profiling.profile import FieldProfile, Profile, Reading, Repetition

__all__ = ["About", "Drift", "FieldProfile", "Finding", "Measure", "Profile", "Profiler", "Reading", "Repetition"]
__all__ += ["content_security_policy", "drift", "render"]

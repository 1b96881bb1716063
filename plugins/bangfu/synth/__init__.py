"""A synthetic province (合成全省数据): people who cannot exist, messy extracts about them, and the truth.

`synthesise` makes one; `bangfu.synth.truth` scores candidates and links against it.
"""

from bangfu.synth.error_rates import ErrorRates, SourceErrors
from bangfu.synth.province import synthesise
from bangfu.synth.request import SynthRequest, SynthSummary

__all__ = ["ErrorRates", "SourceErrors", "SynthRequest", "SynthSummary", "synthesise"]

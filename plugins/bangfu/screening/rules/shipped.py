"""The rule sets that come with the program (随程序附带的规则)."""

from collections.abc import Mapping
from functools import cache

from bangfu.screening.rules.reading import read_rules
from bangfu.screening.rules.rule_set import RuleSet, Screen
from schemas.reference import rule_files

__all__ = ["default_rules", "shipped_rules", "shipped_screens"]


@cache
def shipped_rules() -> Mapping[str, RuleSet]:
    """All of them by name, oldest first."""
    read = [read_rules(content, file) for file, content in rule_files().items()]
    return {rules.name: rules for rules in sorted(read, key=lambda rules: (rules.valid_from, rules.version))}


def default_rules() -> RuleSet:
    """The newest: used until the federation has approved one."""
    return list(shipped_rules().values())[-1]


@cache
def shipped_screens() -> Mapping[str, Screen]:
    """Screens of all shipped rule sets by code; the newest form of each."""
    return {screen.code: screen for rules in shipped_rules().values() for screen in rules.screens}

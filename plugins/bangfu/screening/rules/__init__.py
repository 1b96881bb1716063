"""Rules as data (规则即数据): reading a rule file, and what it says about every household.

A rule file is TOML that a policy officer can read: derived values, tiers, screens with bands. Its formulas are
compiled to expressions over the household evidence table (`schemas.evidence`) with three-valued logic: what depends on
a value that nobody has told is unknown, neither true nor false.
"""

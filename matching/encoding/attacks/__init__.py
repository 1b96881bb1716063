"""Attacks on encoded records (攻击测试): what somebody without the key learns, beside what blind guessing gives.

The attacker holds the encoded records, knows how they were made, and has a clear list of the same kind of people. Pure
functions; nothing here is used when records are encoded or matched.
"""

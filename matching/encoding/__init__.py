"""Encoded matching (加密比对): records as keyed tokens and filters that still show how far two of them agree.

A department encodes its records with a key (`encode`); whoever holds encoded records on both sides, and no key, finds the
same levels of agreement as in clear text (`matching.comparisons` reads encoded columns as it reads text). This package
needs neither pyarrow nor compiled code, but for `kernels` and what links.
"""

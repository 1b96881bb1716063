"""Encoded matching between departments (联合比对): agreements, keys, packages of encoded records, and what is returned.

Nothing here needs a database, the network or compiled code: it runs on a department's PC, at the matching unit and in the
service alike.
"""

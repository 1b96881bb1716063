"""Splink's settings and models (versions 3 to 5, JSON) as linkage models; what cannot be carried over is said in words.

The forms of SQL are those that Splink writes for DuckDB, Spark, PostgreSQL and SQLite, and common ones by hand.
Nothing is guessed: a condition that is not known word for word is listed.
"""

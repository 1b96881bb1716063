"""Linkage (比对): the standardised tables of all sources linked to the roster, and two tables to each other."""

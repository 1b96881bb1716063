"""Compiled comparison and pairing loops over packed columns.

Kernels that call each other live in one file: the compile cache does not notice a change in another file.
"""

"""Declarations: what the data looks like. No input or output happens here.

``vocabulary`` holds the closed code lists, ``fields`` every canonical field once,
``sources`` one declaration per partner source, ``records`` the pandera models that
standardised frames must satisfy, ``reference`` the carried tables.
"""

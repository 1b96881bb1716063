"""Screening (筛查): from linked records to candidates."""

"""Screening (筛查): from linked records to clues (线索) that a union officer would act on.

Pure: tables in, tables out. Nothing here decides: a clue says who should be visited and why. What is not
known is listed as missing and never counted as nothing; nobody becomes a clue for lack of data.
"""

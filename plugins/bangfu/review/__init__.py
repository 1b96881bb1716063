"""Review (核查): what a case is, who may do what next, by when, and what is drawn for a second look.

Pure: cases, events and days in, the same out. No clock, no database, no web; who calls says what time it is.
"""

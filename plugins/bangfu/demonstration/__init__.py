"""The demonstration (演示): a synthetic province sent through the real chain.

`province` makes the data and the accounts, `chain` sends the extracts through Airflow, `following` watches the
runs, `report` says what came out.
"""

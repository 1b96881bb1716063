"""Starting and stopping what one installation runs (本机服务): PostgreSQL, Airflow and the portal.

`ports` looks before anything starts, `airflow_settings` says how Airflow is configured, `catalogue`
lists the services, `processes` starts and ends them without leaving anything behind, `health` waits
until they answer, and `supervisor` puts these together for `bangfu up` and `bangfu demo`.
"""

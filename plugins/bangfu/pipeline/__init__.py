"""The use cases (用例): one per arrow of the way the data goes, called by DAG tasks and the command line alike.

Every use case takes a `Context` first and returns a frozen dataclass of counts and ids.
"""

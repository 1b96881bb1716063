"""Use cases of the audit (审计): seal the access log, take its head elsewhere, verify it."""

"""A kept linkage, brought up to date by what changed (增量匹配): see `matching.incremental.relink`."""

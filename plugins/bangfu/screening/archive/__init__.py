"""Dynamic management of the archive (动态管理, 应建则建、应退则退): lists that ask a union to look, and decide nothing."""

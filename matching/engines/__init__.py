"""Where a linkage runs. `local` is one machine."""

"""Review (核查): what local unions are given, and what they return."""

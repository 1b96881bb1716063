"""Review (核查): candidate lists published to the unions, and what an officer sees of them."""

"""A small honest CPI with switchable lies: the suite's own proof, on the standard library alone."""

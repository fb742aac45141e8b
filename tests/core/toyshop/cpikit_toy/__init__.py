"""A provider without a cloud, for the tests of the core."""

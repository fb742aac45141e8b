"""The BOSH release, and the tools that build it."""

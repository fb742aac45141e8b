"""The pages, and the tooling that makes a site of them."""

"""What fetches, locks, builds and checks the release."""

"""The small cloud itself: its state, its operations, its trouble. The CPI sees client.py only."""

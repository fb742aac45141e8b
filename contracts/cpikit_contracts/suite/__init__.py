"""The suite as pytest tests: `pytest --pyargs cpikit_contracts.suite --cpi-profile FILE`."""

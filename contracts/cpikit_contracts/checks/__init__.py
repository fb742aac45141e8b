"""The rules, one file per thing that they are about."""

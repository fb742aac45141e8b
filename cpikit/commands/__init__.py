"""The commands for people; none of this is imported when the Director calls."""

from cpikit.commands.main import main

__all__ = ["main"]

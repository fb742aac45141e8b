"""What an option may be: numbers that mean something, files and folders that can be written."""

import argparse
import math
import os
from collections.abc import Iterable
from pathlib import Path

from cpikit_contracts.outcomes import Unusable


def at_least_one(text: str) -> int:
    """A whole number from 1 up."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, wanted a whole number from 1 up")
    return int(text)


def seconds(text: str) -> float:
    """A number of seconds above 0."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if found <= 0 or not math.isfinite(found):
        raise argparse.ArgumentTypeError(f"found {text!r}, wanted a number of seconds above 0")
    return found


def replacement(text: str) -> str:
    """Two texts with a = between them, the first of them not empty."""
    if text.find("=") < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, wanted OLD=NEW")
    return text


def refuse_unwritable(files: Iterable[Path | None]) -> None:
    """Raise Unusable for the files that could not be written when all is done."""
    problems = []
    for file in files:
        if file is None:
            continue
        if not file.parent.is_dir():
            problems.append(f"{file} cannot be written: there is no folder {file.parent}")
        elif file.is_dir():
            problems.append(f"{file} cannot be written: it is a folder")
        elif not os.access(file if file.exists() else file.parent, os.W_OK):
            problems.append(f"{file} cannot be written: permission denied")
    if problems:
        raise Unusable("; ".join(problems))

"""Take the run's known secrets out of whatever is reported."""

from collections.abc import Callable

from cpikit_contracts.results import Run

Hide = Callable[[str], str]
SHORTEST = 4


def of(done: Run) -> Hide:
    """A function that masks every secret of the run."""
    secrets = sorted(
        {each for each in done.secrets if len(each) >= SHORTEST}, key=len, reverse=True
    )

    def hide(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, f"{secret[:3]}<hidden>")
        return text

    return hide

"""How a method of the liar fails: with a type that the Director knows."""


class Failure(Exception):
    """An error that the Director knows."""

    def __init__(self, name: str, message: str, *, ok_to_retry: bool = False) -> None:
        super().__init__(message)
        self.type = f"Bosh::Clouds::{name}"
        self.ok_to_retry = ok_to_retry

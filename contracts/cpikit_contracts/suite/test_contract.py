"""Every case as one test; `from cpikit_contracts.suite.test_contract import *` in your own."""

from typing import Any

from cpikit_contracts.plugin import judge_case
from cpikit_contracts.rules import Case

__all__ = ["test_contract"]


def test_contract(
    contract_session: Any, contract_case: Case, contract_target: tuple[str, ...]
) -> None:
    """The CPI keeps this rule."""
    judge_case(contract_session, contract_case, contract_target)

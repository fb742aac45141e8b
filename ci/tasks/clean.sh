#!/usr/bin/env bash
# Delete what an integration run that was killed has left, and nothing else: its ledger says what.
. "$(dirname "$0")/lib.sh"
state=$work/contracts
[ -f "$state/contract.toml" ] || fail "$state/contract.toml is not there: no integration ran here"
export PYTHONPATH=$repo
"$python" -P -m cpikit_contracts.command clean --profile "$state/contract.toml" --state "$state/state"

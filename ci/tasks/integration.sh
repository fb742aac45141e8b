#!/usr/bin/env bash
# Hold the CPI against its contract, in the environment's region or on the simulator. It touches only
# what it made itself, and removes it; after a kill, the task clean does.
. "$(dirname "$0")/lib.sh"
given AGAINST STEMCELL_IMAGE
state=$work/contracts
mkdir -p "$state" "$work/results"
tool profile --metadata "$metadata_file" --against "$AGAINST" --stemcell "$STEMCELL_IMAGE" \
  --output "$state" ${LIVE:+--live "$LIVE"}
[ "$AGAINST" = simulator ] || tool guard --metadata "$metadata_file" --config "$state/cpi.json"
release=() # the packaging rules are asked where a candidate is at hand
for each in "$work"/candidate/*.tgz; do
  [ ! -f "$each" ] || release=(--release "$each")
done
only=() # all rules of the level, or those that ONLY names
for each in ${ONLY:-}; do
  only+=(--only "$each")
done
export PYTHONPATH=$repo
"$python" -P -m cpikit_contracts.command run --profile "$state/contract.toml" --state "$state/state" \
  --level "${LEVEL:-lifecycle}" --quiet "${release[@]}" "${only[@]}" --report "$work/results/report.json" \
  --junit "$work/results/junit.xml" --html "$work/results/report.html"

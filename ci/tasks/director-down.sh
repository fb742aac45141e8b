#!/usr/bin/env bash
# Delete the Director, with all deployments and disks that it still has.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-director.sh"
[ -f "$director_folder/state.json" ] || fail "$director_folder/state.json is not there: no Director was made"
director_arguments
if director_reached && bosh environment; then
  bosh deployments --column=name | while read -r name; do
    [ -z "$name" ] || bosh --deployment="$name" delete-deployment --force
  done
  bosh clean-up --all
fi
bosh delete-env "${director_words[@]}"

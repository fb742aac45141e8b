#!/usr/bin/env bash
# Build the candidate from a commit: the same bytes whoever builds it.
. "$(dirname "$0")/lib.sh"
export PYTHON=$python
if [ -n "${BLOBS:-}" ]; then
  "$repo/release/fetch" --from "$BLOBS"
else
  "$repo/release/fetch"
fi
"$repo/release/build" --output "$work/candidate" ${VERSION:+--version "$VERSION"}
"$repo/release/check" "$(only_file "$work"/candidate/*.tgz)"

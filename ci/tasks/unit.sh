#!/usr/bin/env bash
# Formatting, lint, types and the fast tests: what a developer runs.
. "$(dirname "$0")/lib.sh"
need make
make -C "$repo" test

#!/usr/bin/env bash
# Deploy a Director with the candidate, and see that it answers.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-director.sh"
umask 077
mkdir -p "$director_folder"
director_arguments
bosh create-env "${director_words[@]}"
director_reached
bosh environment

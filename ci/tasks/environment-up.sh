#!/usr/bin/env bash
# Make the environment that ci/terraform describes, and write down its metadata.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-terraform.sh"
terraform_prepared
terraform_variables
terraform -chdir="$repo/ci/terraform" apply -auto-approve
mkdir -p "$work/environment"
terraform -chdir="$repo/ci/terraform" output -json | tool metadata flatten >"$metadata_file.part"
mv "$metadata_file.part" "$metadata_file"

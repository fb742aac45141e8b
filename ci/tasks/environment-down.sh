#!/usr/bin/env bash
# Destroy the environment; what VMs were left in it has to be gone first (see clean and director-down).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-terraform.sh"
terraform_prepared
terraform_variables
terraform -chdir="$repo/ci/terraform" destroy -auto-approve

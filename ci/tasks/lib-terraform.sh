# shellcheck shell=bash
# Terraform on ci/terraform, with its state in a bucket of OSS. Credentials are the worker's role.

: "${work:?}" "${repo:?}"

terraform_prepared() {
  need terraform
  given ENV_NAME REGION STATE_BUCKET
  export TF_IN_AUTOMATION=1 TF_INPUT=0 TF_DATA_DIR=$work/.terraform
  terraform -chdir="$repo/ci/terraform" init -reconfigure \
    -backend-config="bucket=$STATE_BUCKET" -backend-config="region=$REGION" \
    -backend-config="prefix=environments" -backend-config="key=$ENV_NAME.tfstate"
}

terraform_variables() {
  given INSTANCE_TYPE WORKER_CIDR PUBLIC_KEY
  export TF_VAR_env_name=$ENV_NAME TF_VAR_region=$REGION TF_VAR_instance_type=$INSTANCE_TYPE
  export TF_VAR_worker_cidr=$WORKER_CIDR TF_VAR_public_key=$PUBLIC_KEY
}

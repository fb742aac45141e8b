# shellcheck shell=bash
# A Director in the environment: the words of `bosh create-env` and `delete-env`, and how to reach it.
director_folder=${work:?}/director
: "${repo:?}"
declare -A meta
need bosh
metadata_read

# Fills the array `director_words`. The Director has a role; create-env itself uses the worker's.
# shellcheck disable=SC2034  # read by the tasks
director_arguments() {
  local release stemcell deployment=$work/bosh-deployment ops=$repo/release/ops
  release=$(only_file "$work"/candidate/*.tgz)
  stemcell=$(only_file "$work"/stemcell/*.tgz)
  director_words=(
    "$deployment/bosh.yml"
    --ops-file="$deployment/alicloud/cpi.yml"
    --ops-file="$ops/use-cpikit.yml"
    --ops-file="$ops/ram-role.yml"
    --ops-file="$ops/ram-role-for-create-env.yml"
    --ops-file="$deployment/external-ip-not-recommended.yml"
    --ops-file="$deployment/jumpbox-user.yml"
    --ops-file="$repo/ci/director/local-stemcell.yml"
    --ops-file="$repo/ci/director/size.yml"
    --ops-file="$repo/ci/director/buckets.yml"
    --state="$director_folder/state.json"
    --vars-store="$director_folder/creds.yml"
    --var="cpi_url=file://$release"
    --var="cpi_version=$(candidate_version "$release")"
    --var="cpi_sha1=sha256:$(sha256sum "$release" | cut -d' ' -f1)"
    --var="stemcell_url=file://$stemcell"
    --var="stemcell_sha1=sha256:$(sha256sum "$stemcell" | cut -d' ' -f1)"
    --var="director_name=${meta[env_name]:?}"
    --var="director_ram_role=${meta[director_ram_role]:?}"
    --var="director_instance_type=${meta[instance_type]:?}"
    --var="region=${meta[region]:?}"
    --var="zone=${meta[zone]:?}"
    --var="internal_cidr=${meta[internal_cidr]:?}"
    --var="internal_gw=${meta[internal_gw]:?}"
    --var="internal_ip=${meta[internal_ip]:?}"
    --var="external_ip=${meta[external_ip]:?}"
    --var="vswitch_id=${meta[vswitch_id]:?}"
    --var="security_group_id=${meta[security_group_id]:?}"
    --var="key_pair_name=${meta[key_pair_name]:?}"
    --var="stemcells_bucket=${meta[stemcells_bucket]:?}"
  )
}

candidate_version() {
  local name=${1##*/}
  name=${name#bosh-alicloud-cpi-}
  echo "${name%.tgz}"
}

# How the CLI reaches the Director: environment variables, never arguments, which others can read.
director_reached() {
  BOSH_ENVIRONMENT=${meta[external_ip]:?}
  BOSH_CLIENT="admin"
  BOSH_CLIENT_SECRET=$(bosh interpolate "$director_folder/creds.yml" --path=/admin_password)
  BOSH_CA_CERT=$(bosh interpolate "$director_folder/creds.yml" --path=/director_ssl/ca)
  BOSH_NON_INTERACTIVE=true
  export BOSH_ENVIRONMENT BOSH_CLIENT BOSH_CLIENT_SECRET BOSH_CA_CERT BOSH_NON_INTERACTIVE
}

cloud_config() {
  bosh update-config --type=cloud --name=default "$repo/ci/director/cloud-config.yml" \
    --var="zone=${meta[zone]:?}" \
    --var="second_zone=${meta[second_zone]:?}" \
    --var="instance_type=${meta[instance_type]:?}" \
    --var="key_pair_name=${meta[key_pair_name]:?}" \
    --var="security_group_id=${meta[security_group_id]:?}" \
    --var="vswitch_id=${meta[vswitch_id]:?}" \
    --var="second_vswitch_id=${meta[second_vswitch_id]:?}" \
    --var="dynamic_vswitch_id=${meta[dynamic_vswitch_id]:?}" \
    --var="internal_cidr=${meta[internal_cidr]:?}" \
    --var="internal_gw=${meta[internal_gw]:?}" \
    --var="reserved_range=${meta[reserved_range]:?}" \
    --var="static_range=${meta[static_range]:?}" \
    --var="second_internal_cidr=${meta[second_internal_cidr]:?}" \
    --var="second_internal_gw=${meta[second_internal_gw]:?}" \
    --var="second_reserved_range=${meta[second_reserved_range]:?}" \
    --var="second_static_range=${meta[second_static_range]:?}" \
    --var="slb_id=${meta[slb_id]:?}" \
    --var="slb_server_group_id=${meta[slb_server_group_id]:?}" \
    --var="nlb_server_group_id=${meta[nlb_server_group_id]:?}" \
    --var="vm_ram_role=${meta[vm_ram_role]:?}" \
    --var="nvme_instance_type=${NVME_INSTANCE_TYPE:-${meta[instance_type]:?}}"
}

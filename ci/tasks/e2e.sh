#!/usr/bin/env bash
# Deploy a small release: behind load balancers, on spot instances, with a disk that grows and changes
# its category, and at last on instances that speak NVMe. Each step is checked by an errand.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-director.sh"
given NVME_INSTANCE_TYPE STEMCELL_OS
director_reached
cloud_config
bosh upload-stemcell "$(only_file "$work"/stemcell/*.tgz)"
bosh create-release --dir="$repo/ci/e2e/release" --force --version=0.0.1 --tarball="$work/e2e.tgz"
bosh upload-release "$work/e2e.tgz"

runs=0
deploy() { # the type and the size of the disk; the words after them are further ops files
  local disk_type=$1 size_mib=$2
  shift 2
  bosh --deployment=cpikit-e2e deploy "$repo/ci/e2e/manifest.yml" "$@" \
    --var="disk_type=$disk_type" \
    --var="disk_size_mib=$size_mib" \
    --var="runs_before=$runs" \
    --var="addresses=[${meta[slb_address]:?}:80, ${meta[nlb_address]:?}:80]" \
    --var="stemcell_os=$STEMCELL_OS" \
    --var="nvme_instance_type=$NVME_INSTANCE_TYPE"
}

errand() {
  bosh --deployment=cpikit-e2e run-errand "$1"
}

same_disk() { # it is as large as it should be, and remembers all that was written to it
  errand check-disk
  runs=$((runs + 1))
}

deploy small 20480
same_disk
errand check-members
deploy small 20480 --ops-file="$repo/ci/e2e/ops/spot.yml"
same_disk
deploy large 30720
same_disk
deploy fast 30720
same_disk
deploy fast 30720 --ops-file="$repo/ci/e2e/ops/nvme.yml"
same_disk
errand check-nvme
deploy fast 30720
same_disk
bosh --deployment=cpikit-e2e delete-deployment

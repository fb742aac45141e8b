#!/usr/bin/env bash
# Put the candidate into the artifact store, a bucket of OSS, by the worker's role.
. "$(dirname "$0")/lib.sh"
need ossutil
given ARTIFACT_BUCKET REGION
version=$(only_file "$work"/candidate/*.tgz)
version=${version##*/bosh-alicloud-cpi-}
version=${version%.tgz}
ossutil cp "$work/candidate/" "oss://$ARTIFACT_BUCKET/candidates/$version/" \
  --recursive --update --mode EcsRamRole --region "$REGION"

#!/usr/bin/env bash
# Get the candidate of this commit out of the artifact store, and check it.
. "$(dirname "$0")/lib.sh"
need ossutil
given ARTIFACT_BUCKET REGION
version=$(PYTHONPATH=$repo "$python" -P -c 'from release.tooling.versions import candidate; print(candidate())')
mkdir -p "$work/candidate"
ossutil cp "oss://$ARTIFACT_BUCKET/candidates/$version/" "$work/candidate/" \
  --recursive --mode EcsRamRole --region "$REGION"
(cd "$work/candidate" && sha256sum --check --quiet ./*.sha256)

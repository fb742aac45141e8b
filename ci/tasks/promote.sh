#!/usr/bin/env bash
# Make the release of a commit whose candidate has passed: the final version's tarball, and its tag.
. "$(dirname "$0")/lib.sh"
need git
given COMMITTER_NAME COMMITTER_EMAIL
version=$(PYTHONPATH=$repo "$python" -P -c 'from release.tooling.versions import own_version; print(own_version())')
grep -q "^## $version\b" "$repo/CHANGELOG.md" || fail "CHANGELOG.md has no section $version: write it first"
if git -C "$repo" rev-parse --quiet --verify "refs/tags/v$version" >/dev/null; then
  fail "v$version is released already: raise the version in setup.cfg"
fi
export PYTHON=$python
"$repo/release/fetch" ${BLOBS:+--from "$BLOBS"}
"$repo/release/build" --version "$version" --output "$work/release"
git -C "$repo" -c user.name="$COMMITTER_NAME" -c user.email="$COMMITTER_EMAIL" \
  tag --annotate --message="bosh-alicloud-cpi $version" "v$version"

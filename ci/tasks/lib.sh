# shellcheck shell=bash
# What all tasks share. A task is started in a folder whose subfolders are its inputs and outputs, as
# Concourse lays them out; `ci/run` lays them out in the same way.
set -euo pipefail

work=$PWD
repo=$work/repo
python=${PYTHON:-$repo/.venv/bin/python}
metadata_file=$work/environment/metadata.json

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || fail "$tool is not there: use the image of the pipeline, or install it"
  done
}

given() {
  local name
  for name in "$@"; do
    [ -n "${!name:-}" ] || fail "\$$name is not set, see the params of this task"
  done
}

tool() {
  local module=$1
  shift
  PYTHONPATH=$repo "$python" -P -m "ci.tooling.$module" "$@"
}

meta() {
  tool metadata get "$metadata_file" "$1"
}

only_file() {
  [ $# -eq 1 ] && [ -f "$1" ] || fail "wanted one file, found: $*"
  echo "$1"
}

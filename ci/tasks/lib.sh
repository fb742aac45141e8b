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

# The environment's metadata, by its keys. A key that it lacks ends the task where it is asked for:
# "${meta[zone]:?}".
declare -A meta=()
# shellcheck disable=SC2034  # read by the tasks
metadata_read() {
  local lines key text
  lines=$(tool metadata lines "$metadata_file")
  while IFS=$'\t' read -r key text; do meta[$key]=$text; done <<<"$lines"
}

only_file() {
  [ $# -eq 1 ] && [ -f "$1" ] || fail "wanted one file, found: $*"
  echo "$1"
}

"""Stands for bosh, terraform, fly, ossutil and bundle: checks words, notes them, answers little.

What each tool takes is written down here from its documentation; anything else ends with status 64,
as the real tool would refuse it.
"""

import json
import os
import re
import sys
from pathlib import Path

# bosh CLI 7: global flags, and those of each command that the tasks use.
BOSH_GLOBAL = {"--deployment", "--environment", "--non-interactive", "--column", "--sha2"}
VARIABLES = {"--var", "--vars-store", "--ops-file", "--vars-file"}
BOSH = {
    "create-env": VARIABLES | {"--state", "--recreate"},
    "delete-env": VARIABLES | {"--state"},
    "interpolate": VARIABLES | {"--path"},
    "environment": set(),
    "deployments": set(),
    "clean-up": {"--all"},
    "delete-deployment": {"--force"},
    "update-config": VARIABLES | {"--type", "--name"},
    "upload-stemcell": {"--fix"},
    "upload-release": {"--fix"},
    "create-release": {"--dir", "--force", "--version", "--tarball", "--name"},
    "deploy": VARIABLES | {"--recreate"},
    "run-errand": {"--keep-alive", "--when-changed"},
}
FILES = {"create-env": 1, "delete-env": 1, "interpolate": 1, "update-config": 1, "deploy": 1,
         "upload-stemcell": 1, "upload-release": 1, "run-errand": 1}  # fmt: skip
TERRAFORM = {
    "init": {"-reconfigure", "-backend-config"},
    "apply": {"-auto-approve"},
    "destroy": {"-auto-approve"},
    "output": {"-json"},
}
FLY = {
    "validate-pipeline": {"--strict", "--config", "--load-vars-from"},
    "set-pipeline": {"--pipeline", "--config", "--load-vars-from", "--non-interactive"},
}
OSSUTIL = {"cp": {"--recursive", "--update", "--mode", "--region"}}


def refuse(text):
    sys.stderr.write(f"{Path(sys.argv[0]).name}: {text}\n")
    sys.exit(64)


def flags_of(words):
    return [word for word in words if word.startswith("-")]


def bosh(words):
    command = next((word for word in words if not word.startswith("-")), "")
    if command not in BOSH:
        refuse(f"unknown command {command!r}")
    for flag in flags_of(words):
        name = flag.partition("=")[0]
        if name not in BOSH[command] | BOSH_GLOBAL:
            refuse(f"{command}: unknown flag {name}")
    plain = [word for word in words if not word.startswith("-")][1:]
    if len(plain) != FILES.get(command, 0):
        refuse(f"{command}: wanted {FILES.get(command, 0)} arguments, found {plain}")
    if VARIABLES & BOSH[command] and not plain[0].endswith("creds.yml"):
        check_variables(command, plain[0], words)
    if command in ("update-config", "deploy") and not os.environ.get("BOSH_CLIENT_SECRET"):
        refuse(f"{command}: nobody has logged in")
    answer_bosh(command, plain, words)


def answer_bosh(command, plain, words):
    if command == "interpolate":
        sys.stdout.write("SECRET\n" if "--path" in " ".join(words) else Path(plain[0]).read_text())
    for word in words:
        name, _, value = word.partition("=")
        if name == "--tarball" or (name == "--state" and command == "create-env"):
            Path(value).write_text("{}")
    if command == "deployments":
        sys.stdout.write("cpikit-e2e\nother\n")


def check_variables(command, manifest, words):
    """Every variable of the files is given, and every one that is given stands in a file."""
    files = [manifest] + [w.partition("=")[2] for w in words if w.startswith("--ops-file=")]
    text = "\n".join(Path(file).read_text() for file in files)
    wanted = set(re.findall(r"\(\(([\w-]+)[.\w]*\)\)", text))
    made = set(re.findall(r"^- name: (\w+)$", text.partition("\nvariables:")[2], re.MULTILINE))
    given = {w.split("=", 2)[1] for w in words if w.startswith("--var=")}
    empty = {w.split("=", 2)[1] for w in words if w.startswith("--var=") and w.endswith("=")}
    if wanted - made - given:
        refuse(f"{command}: not given: {sorted(wanted - made - given)}")
    if given - wanted:
        refuse(f"{command}: in no file: {sorted(given - wanted)}")
    if empty:
        refuse(f"{command}: empty: {sorted(empty)}")


def terraform(words):
    folder = words[0].removeprefix("-chdir=")
    if not words[0].startswith("-chdir=") or not (Path(folder) / "outputs.tf").is_file():
        refuse("wanted -chdir=ci/terraform first")
    command, rest = words[1], words[2:]
    if command not in TERRAFORM:
        refuse(f"unknown command {command!r}")
    for flag in flags_of(rest):
        if flag.partition("=")[0] not in TERRAFORM[command]:
            refuse(f"{command}: unknown flag {flag}")
    if command in ("apply", "destroy"):
        declared = set(re.findall(r'variable "(\w+)"', (Path(folder) / "variables.tf").read_text()))
        given = {
            k.removeprefix("TF_VAR_")
            for k, v in os.environ.items()
            if k.startswith("TF_VAR_") and v
        }
        if declared != given:
            refuse(f"{command}: variables {sorted(declared ^ given)}")
    if command == "output":
        sys.stdout.write(os.environ["STUB_OUTPUTS"])


def fly(words):
    command = next((word for word in words if not word.startswith("-")), "")
    if command not in FLY:
        refuse(f"unknown command {command!r}")
    values = dict(word.split("=", 1) for word in flags_of(words) if "=" in word)
    for flag in flags_of(words):
        if flag.partition("=")[0] not in FLY[command] | {"--target"}:
            refuse(f"{command}: unknown flag {flag}")
    if command == "set-pipeline" and not values.get("--target"):
        refuse("set-pipeline: wanted --target")
    text = Path(values["--config"]).read_text()
    given = set(re.findall(r"^(\w+):", Path(values["--load-vars-from"]).read_text(), re.MULTILINE))
    if set(re.findall(r"\(\((\w+)\)\)", text)) - given:
        refuse(f"{command}: undefined vars")


def ossutil(words):
    if words[0] not in OSSUTIL:
        refuse(f"unknown command {words[0]!r}")
    for flag in flags_of(words):
        if flag not in OSSUTIL[words[0]]:
            refuse(f"unknown flag {flag}")
    source, target = words[1:3]
    if source.startswith("oss://") == target.startswith("oss://"):
        refuse("wanted one side in OSS")
    if not source.startswith("oss://") and not Path(source).is_dir():
        refuse(f"{source} is not there")


def bundle(words):
    if words not in (["install"], ["exec", "rspec", "spec", "--tag", "~raw_ephemeral_storage"]):
        refuse(f"unknown words {words}")
    for name in ("BAT_STEMCELL", "BAT_BOSH_CLI", "BAT_PRIVATE_KEY", "BAT_DEPLOYMENT_SPEC"):
        if not Path(os.environ.get(name, "/nowhere")).is_file():
            refuse(f"{name} is no file")


def make(words):
    if words[:1] != ["-C"] or words[2:] != ["test"]:
        refuse(f"unknown words {words}")


name, words = Path(sys.argv[0]).name, sys.argv[1:]
with Path(os.environ["STUB_LOG"]).open("a") as log:
    log.write(json.dumps([name, *words]) + "\n")
if any(part in " ".join([name, *words]) for part in os.environ.get("STUB_FAIL", "\0").split("|")):
    sys.exit(1)
{
    "bosh": bosh,
    "terraform": terraform,
    "fly": fly,
    "ossutil": ossutil,
    "bundle": bundle,
    "make": make,
}[name](words)

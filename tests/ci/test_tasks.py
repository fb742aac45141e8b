"""Every task, run by ci/run: what it calls, what it leaves, and how it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from ci_work import CI, ROOT

TERRAFORM = {
    "ENV_NAME": "cpikit-ci",
    "REGION": "eu-central-1",
    "STATE_BUCKET": "states",
    "INSTANCE_TYPE": "ecs.g7.large",
    "WORKER_CIDR": "192.0.2.1/32",
    "PUBLIC_KEY": "ssh-ed25519 AAAA it's mine",
}
CANDIDATE = "candidate/bosh-alicloud-cpi-1.2.3-rc.1+abc.tgz"
STEMCELL = "stemcell/light-stemcell.tgz"


@pytest.fixture
def with_director(with_metadata):
    """A Director that was made."""
    with_metadata.add_bosh_deployment()
    with_metadata.add(CANDIDATE, STEMCELL)
    done = with_metadata.run("director-up")
    assert done.returncode == 0, done.stderr
    (with_metadata.folder / "director/creds.yml").write_text("admin_password: x\n")
    with_metadata.log.unlink()
    return with_metadata


def words_of(calls, command):
    return [call for call in calls if command in call]


def test_every_task_has_its_script_and_its_description():
    scripts = {path.stem for path in (CI / "tasks").glob("*.sh") if not path.stem.startswith("lib")}
    assert scripts == {path.stem for path in (CI / "tasks").glob("*.yml")}
    assert all((CI / "tasks" / f"{name}.sh").stat().st_mode & 0o111 for name in scripts)


@pytest.mark.parametrize(
    "words",
    [[], ["no-such-task"], ["../run"], ["lib"], ["unit", "--against"], ["unit", "--odd", "x"]],
)
def test_misuse_is_told_with_the_tasks_there_are(work, words):
    import subprocess

    done = subprocess.run(
        [CI / "run", *words], env=work.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "ci/run TASK" in done.stderr
    assert "environment-up" in done.stderr


def test_unit_is_what_a_developer_runs(work):
    done = work.run("unit")
    assert done.returncode == 0, done.stderr
    assert work.calls() == [["make", "-C", f"{work.folder}/repo", "test"]]


def test_a_task_fails_when_its_tool_fails(work):
    assert work.run("unit", STUB_FAIL="make").returncode != 0


def test_environment_up_writes_the_metadata_of_all_outputs(work, metadata):
    done = work.run("environment-up", **TERRAFORM)
    assert done.returncode == 0, done.stderr
    assert json.loads((work.folder / "environment/metadata.json").read_text()) == metadata
    commands = [call[2] for call in work.calls("terraform")]
    assert commands == ["init", "apply", "output"]


def test_the_state_of_each_environment_is_a_key_of_its_own(work):
    work.run("environment-up", **TERRAFORM)
    init = work.calls("terraform")[0]
    assert "-backend-config=key=cpikit-ci.tfstate" in init
    assert "-backend-config=bucket=states" in init


@pytest.mark.parametrize("name", TERRAFORM)
@pytest.mark.parametrize("task", ["environment-up", "environment-down"])
def test_a_parameter_that_is_missing_is_named_before_anything_is_made(work, task, name):
    done = work.run(task, **{**TERRAFORM, name: ""})
    assert done.returncode == 1
    assert f"${name} is not set" in done.stderr
    assert not [call for call in work.calls() if call[2] in ("apply", "destroy")]


def test_no_metadata_is_left_by_an_environment_that_failed(work):
    assert work.run("environment-up", STUB_FAIL="apply", **TERRAFORM).returncode != 0
    assert not (work.folder / "environment/metadata.json").exists()


def test_environment_down_destroys(work):
    done = work.run("environment-down", **TERRAFORM)
    assert done.returncode == 0, done.stderr
    assert [call[2] for call in work.calls("terraform")] == ["init", "destroy"]


def test_the_candidate_goes_to_the_store_under_its_version_by_a_role(work):
    work.add(CANDIDATE)
    done = work.run("store-candidate", ARTIFACT_BUCKET="artifacts", REGION="r-1")
    assert done.returncode == 0, done.stderr
    (call,) = work.calls("ossutil")
    assert call[3] == "oss://artifacts/candidates/1.2.3-rc.1+abc/"
    assert call[call.index("--mode") + 1] == "EcsRamRole"


def test_a_candidate_is_loaded_by_the_version_of_its_commit_and_checked(work):
    from release.tooling.versions import candidate

    work.add("candidate/a.tgz")
    (work.folder / "candidate/a.sha256").write_text(f"{'0' * 64}  a.tgz\n")
    done = work.run("load-candidate", ARTIFACT_BUCKET="artifacts", REGION="r-1")
    assert work.calls("ossutil")[0][2] == f"oss://artifacts/candidates/{candidate()}/"
    assert done.returncode != 0, "a wrong checksum was not noticed"


def test_director_up_creates_it_with_the_candidate_and_looks_at_it(with_metadata):
    with_metadata.add_bosh_deployment()
    with_metadata.add(CANDIDATE, STEMCELL)
    done = with_metadata.run("director-up")
    assert done.returncode == 0, done.stderr
    (create,) = words_of(with_metadata.calls("bosh"), "create-env")
    assert "--var=cpi_version=1.2.3-rc.1+abc" in create
    assert f"--var=cpi_url=file://{with_metadata.folder}/{CANDIDATE}" in create
    assert with_metadata.calls("bosh")[-1] == ["bosh", "environment"]
    folder = with_metadata.folder / "director"
    assert folder.stat().st_mode & 0o077 == 0, "others can read the Director's secrets"


def test_the_director_gets_no_access_key(with_director):
    for path in (ROOT / "ci").rglob("*"):
        if path.is_file() and path.suffix in (".sh", ".yml", ".tf", ".json"):
            text = path.read_text("utf-8")
            assert "access_key" not in text, path
            assert "ACCESS_KEY" not in text, path


def test_two_candidates_are_refused(with_metadata):
    with_metadata.add_bosh_deployment()
    with_metadata.add(CANDIDATE, "candidate/other.tgz", STEMCELL)
    done = with_metadata.run("director-up")
    assert done.returncode != 0
    assert "wanted one file" in done.stderr
    assert not words_of(with_metadata.calls("bosh"), "create-env")


def test_director_down_deletes_its_deployments_first(with_director):
    done = with_director.run("director-down")
    assert done.returncode == 0, done.stderr
    commands = [
        next(w for w in call[1:] if not w.startswith("-")) for call in with_director.calls("bosh")
    ]
    assert commands[-3:] == ["delete-deployment", "clean-up", "delete-env"]
    assert commands.count("delete-deployment") == 2


def test_a_director_that_does_not_answer_is_deleted_all_the_same(with_director):
    done = with_director.run("director-down", STUB_FAIL="bosh environment|bosh deployments")
    assert done.returncode == 0, done.stderr
    assert "delete-env" in with_director.calls("bosh")[-1]


def test_a_deployment_that_cannot_be_deleted_keeps_the_director(with_director):
    done = with_director.run("director-down", STUB_FAIL="delete-deployment")
    assert done.returncode != 0
    assert not words_of(with_director.calls("bosh"), "delete-env")


def test_create_and_delete_get_the_same_words(with_director):
    with_director.run("director-up")
    with_director.run("director-down")
    (create,) = words_of(with_director.calls("bosh"), "create-env")
    (delete,) = words_of(with_director.calls("bosh"), "delete-env")
    assert create[2:] == delete[2:]


def test_bats_get_a_spec_in_which_every_variable_is_filled(with_director):
    (with_director.folder / "bats").mkdir()
    done = with_director.run("bats", STEMCELL_NAME="bosh-alicloud")
    assert done.returncode == 0, done.stderr
    assert [call[1] for call in with_director.calls("bundle")] == ["install", "exec"]
    key = with_director.folder / "director/jumpbox.key"
    assert key.stat().st_mode & 0o077 == 0


def test_end_to_end_goes_through_all_its_steps(with_director):
    done = with_director.run("e2e", NVME_INSTANCE_TYPE="ecs.g9i.large", STEMCELL_OS="ubuntu-noble")
    assert done.returncode == 0, done.stderr
    steps = []
    for call in with_director.calls("bosh"):
        if "deploy" in call:
            (disk,) = [w.rpartition("=")[2] for w in call if w.startswith("--var=disk_type=")]
            ops = [Path(w).stem for w in call if w.startswith("--ops-file=")]
            steps.append("+".join([disk, *ops]))
        elif "run-errand" in call:
            steps.append(call[-1])
    assert steps == [
        "small", "check-disk", "check-members", "small+spot", "check-disk", "large", "check-disk",
        "fast", "check-disk", "fast+nvme", "check-disk", "check-nvme", "fast", "check-disk",
    ]  # fmt: skip
    assert with_director.calls("bosh")[-1][-1] == "delete-deployment"


def test_each_deploy_wants_the_disk_to_remember_all_runs_before(with_director):
    with_director.run("e2e", NVME_INSTANCE_TYPE="ecs.g9i.large", STEMCELL_OS="ubuntu-noble")
    told = [
        int(word.rpartition("=")[2])
        for call in with_director.calls("bosh")
        for word in call
        if word.startswith("--var=runs_before=")
    ]
    assert told == [0, 1, 2, 3, 4, 5]


def test_an_errand_that_fails_ends_the_task(with_director):
    done = with_director.run(
        "e2e", NVME_INSTANCE_TYPE="x", STEMCELL_OS="y", STUB_FAIL="check-members"
    )
    assert done.returncode != 0
    assert len(words_of(with_director.calls("bosh"), "deploy")) == 1


def test_no_secret_is_a_word_of_a_command(with_director):
    with_director.run("e2e", NVME_INSTANCE_TYPE="x", STEMCELL_OS="y")
    assert not [call for call in with_director.calls() if "SECRET" in " ".join(call)]


def test_clean_without_a_run_says_so(work):
    done = work.run("clean")
    assert done.returncode == 1
    assert "no integration ran here" in done.stderr


@pytest.mark.parametrize("task", ["director-up", "bats", "e2e", "store-candidate", "promote"])
def test_a_tool_that_is_missing_is_named(work, task):
    for name in ("bosh", "bundle", "ossutil"):
        (work.bin / name).unlink()
    environment = {"PATH": str(work.bin)}
    for name in ("bash", "dirname", "basename", "sed", "mkdir", "ln", "cp", "env"):
        (work.bin / name).symlink_to(shutil.which(name))
    done = work.run(task, **environment)
    assert done.returncode == 1
    assert "is not there" in done.stderr

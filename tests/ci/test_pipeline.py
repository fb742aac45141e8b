"""The pipeline and the workflow: every file, input, parameter and job that they name exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ci_work import CI, ROOT

PIPELINE = yaml.safe_load((CI / "pipeline.yml").read_text("utf-8"))
JOBS = {job["name"]: job for job in PIPELINE["jobs"]}
RESOURCES = {resource["name"] for resource in PIPELINE["resources"]}
MAY_BE_EMPTY = {"VERSION", "BLOBS", "ONLY"}


def steps_of(job):
    """The steps of a plan in the order in which they run; what runs after all is last."""

    def walk(step):
        for inner in step.get("in_parallel", []) + step.get("do", []):
            yield from walk(inner)
        if set(step) & {"get", "task", "put"}:
            yield step
        for hook in ("on_success", "on_failure", "ensure"):
            if hook in step:
                yield from walk(step[hook])

    for step in job["plan"]:
        yield from walk(step)


def tasks():
    return [
        pytest.param(job["name"], step, id=f"{job['name']}-{step['task']}")
        for job in PIPELINE["jobs"]
        for step in steps_of(job)
        if "task" in step
    ]


def described(step):
    return yaml.safe_load((ROOT / step["file"].removeprefix("repo/")).read_text("utf-8"))


@pytest.mark.parametrize(("job", "step"), tasks())
def test_a_task_gets_the_parameters_that_it_wants_and_no_others(job, step):
    declared = described(step).get("params", {})
    given = step.get("params", {})
    assert set(given) <= set(declared)
    lacking = {k for k, default in declared.items() if not default} - set(given) - MAY_BE_EMPTY
    assert lacking == set()


@pytest.mark.parametrize(("job", "step"), tasks())
def test_a_task_finds_its_inputs(job, step):
    """Fetched, or an output of a task that ran before it in the same job."""
    at_hand = set()
    for before in steps_of(JOBS[job]):
        if before is step:
            break
        if "get" in before:
            at_hand.add(before["get"])
        if "task" in before:
            at_hand |= {out["name"] for out in described(before).get("outputs", [])}
    assert {each["name"] for each in described(step)["inputs"]} <= at_hand


@pytest.mark.parametrize(("job", "step"), tasks())
def test_a_task_runs_a_script_in_the_image_of_the_pipeline(job, step):
    script = ROOT / described(step)["run"]["path"].removeprefix("repo/")
    assert script.stat().st_mode & 0o111
    assert step["image"] == "image"
    assert "image" in {one.get("get") for one in steps_of(JOBS[job])}


def test_every_task_is_in_the_pipeline():
    used = {step["task"] for job in PIPELINE["jobs"] for step in steps_of(job) if "task" in step}
    assert used == {path.stem for path in (CI / "tasks").glob("*.yml")}


def test_jobs_and_resources_that_are_named_exist():
    for job in PIPELINE["jobs"]:
        for step in steps_of(job):
            if "get" in step or "put" in step:
                assert step.get("get", step.get("put")) in RESOURCES
            assert set(step.get("passed", [])) <= set(JOBS)
    for group in PIPELINE["groups"]:
        assert set(group["jobs"]) <= set(JOBS)
    assert {name for group in PIPELINE["groups"] for name in group["jobs"]} == set(JOBS)


def test_every_resource_is_used():
    used = {
        step.get("get", step.get("put")) for job in PIPELINE["jobs"] for step in steps_of(job)
    } - {None}
    assert used == RESOURCES


def test_whatever_makes_an_environment_destroys_it_whatever_happens():
    for job in PIPELINE["jobs"]:
        made = [step for step in steps_of(job) if step.get("task") == "environment-up"]
        for step in made:
            (down,) = [s for s in steps_of(job) if s.get("task") == "environment-down"]
            assert down["params"] == step["params"]
            assert any("ensure" in s and s["ensure"] is down for s in job["plan"])


def test_environments_of_jobs_that_run_side_by_side_are_different():
    names = [
        step["params"]["ENV_NAME"]
        for job in PIPELINE["jobs"]
        for step in steps_of(job)
        if step.get("task") == "environment-up"
    ]
    assert len(names) == len(set(names)) == 3


def test_promotion_waits_for_every_live_job():
    live = next(group["jobs"] for group in PIPELINE["groups"] if group["name"] == "live")
    first = next(step for step in steps_of(JOBS["promote"]) if step.get("get") == "repo")
    assert sorted(first["passed"]) == sorted(live)


def files(*patterns):
    return [str(p) for pattern in patterns for p in sorted(ROOT.glob(pattern)) if p.is_file()]


def tool(name):
    found = Path(sys.executable).parent / name
    assert found.exists(), f"{name} is not there: add it to requirements/dev.in"
    return found


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_all_yaml_is_clean():
    paths = files("ci/**/*.yml", ".github/**/*.yml", "release/**/*.yml", "release/*/*/spec")
    paths = [path for path in paths if "/blobs/" not in path and not path.endswith("blobs.yml")]
    paths = [path for path in paths if not path.endswith("spec")]
    done = run(tool("yamllint"), "--strict", "-c", CI / ".yamllint", *paths)
    assert done.returncode == 0, done.stdout


def test_the_workflow_is_what_github_takes():
    done = run(tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows",
               *files(".github/workflows/*.yml"))  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_workflow_runs_what_a_developer_runs():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    commands = [s["run"] for job in workflow["jobs"].values() for s in job["steps"] if "run" in s]
    tasks_run = {c.split()[1] for c in commands if c.startswith("ci/run ")}
    assert tasks_run == {"unit", "build", "integration"}
    assert workflow["permissions"] == {"contents": "read"}


def test_all_shell_is_clean():
    scripts = files(
        "ci/tasks/*.sh",
        "ci/run",
        "ci/policy",
        "ci/set-pipeline",
        "requirements/system",
        "release/packages/*/packaging",
        ".ci/run",
    )
    scripts += files("release/build", "release/fetch", "release/lock", "release/check")
    done = run(tool("shellcheck"), "-x", "-P", "ci/tasks", *scripts)
    assert done.returncode == 0, done.stdout


def test_every_variable_of_the_pipeline_is_told_in_its_readme():
    wanted = set(re.findall(r"\(\((\w+)\)\)", (CI / "pipeline.yml").read_text("utf-8")))
    told = set(re.findall(r"^\| `(\w+)` \|", (CI / "README.md").read_text("utf-8"), re.MULTILINE))
    assert told == wanted


VARIABLES = sorted(set(re.findall(r"\(\((\w+)\)\)", (CI / "pipeline.yml").read_text("utf-8"))))


def set_pipeline(work, names):
    variables = work.folder / "variables.yml"
    variables.write_text("".join(f"{name}: it's\n" for name in names))
    return subprocess.run(
        [CI / "set-pipeline", "main", variables],
        env=work.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_pipeline_is_validated_and_set_with_all_its_variables(work):
    done = set_pipeline(work, VARIABLES)
    assert done.returncode == 0, done.stderr
    validated, told = work.calls("fly")
    assert validated[1:3] == ["validate-pipeline", "--strict"]
    assert told[1:4] == ["--target=main", "set-pipeline", "--pipeline=cpikit"]


@pytest.mark.parametrize(
    ("names", "complaint"),
    [(VARIABLES[1:], f"lacks {VARIABLES[0]}"), ([*VARIABLES, "odd"], "no variable odd")],
)
def test_variables_that_do_not_fit_are_named_and_nothing_is_set(work, names, complaint):
    done = set_pipeline(work, names)
    assert done.returncode == 1
    assert complaint in done.stderr
    assert work.calls("fly") == []


def test_setting_the_pipeline_without_its_words_tells_them(work):
    done = subprocess.run(
        [CI / "set-pipeline"], env=work.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "TARGET VARIABLES.yml" in done.stderr

"""Rules about the BOSH release that the CPI comes in, where one is given."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from cpikit_contracts.outcomes import Broken
from cpikit_contracts.release import RENDER, Job, Release, open_release, run_ruby
from cpikit_contracts.rules import LIFECYCLE, MUST, SHOULD, WIRE, rule
from cpikit_contracts.scenario import Scenario

NEEDS = ("release",)
COMPILE_WITHIN_S = 1800.0
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _release(s: Scenario) -> Release:
    return open_release(s.profile.path.parent / s.profile.release)


def _properties(job: Job, *, optional: bool) -> dict[str, Any]:
    """Declared defaults; with `optional`, also an example for what has no default."""
    tree: dict[str, Any] = {}
    for path, entry in (job.spec.get("properties") or {}).items():
        value = (entry or {}).get(
            "default", (entry or {}).get("example", "x" if optional else None)
        )
        words = path.split(".")
        at = tree
        for word in words[:-1]:
            at = at.setdefault(word, {})
        if value is not None:
            at[words[-1]] = value
    return tree


def _render(job: Job, template: str, properties: dict[str, Any]) -> str:
    text = json.dumps({"template": template, "properties": properties, "name": job.name})
    return run_ruby(RENDER, text)


@rule(
    "package.one-job-renders-bin-cpi",
    MUST,
    WIRE,
    "Each job that is a CPI renders exactly one bin/cpi, and there is at least one such job.",
    "cpi/release/installer.go",
    checks=(123,),
    needs=NEEDS,
)
def one_cpi(s: Scenario) -> None:
    """Count the templates that go to bin/cpi, job by job."""
    release = _release(s)
    s.want(release.cpi_jobs(), "no job of the release renders bin/cpi")
    for job in release.cpi_jobs():
        count = job.targets.count("bin/cpi")
        s.want(count == 1, f"the job {job.name} renders bin/cpi {count} times")


@rule(
    "package.archives-are-complete",
    MUST,
    WIRE,
    "Every job has its spec, monit and templates; every package named exists; dependencies "
    "are closed.",
    "release/ of the CLI",
    checks=(124,),
    needs=NEEDS,
)
def complete(s: Scenario) -> None:
    """Look for each file and each package that is named."""
    release = _release(s)
    s.want(not release.missing, f"release.MF names what is not there: {', '.join(release.missing)}")
    for job in release.jobs:
        for name in (job.spec_name, "monit"):
            s.want(name in job.files, f"the job {job.name} has no {name}")
        for template in job.spec.get("templates") or {}:
            s.want(template in job.templates, f"the job {job.name} lacks the template {template}")
        for package in job.spec.get("packages") or []:
            s.want(
                package in release.packages, f"the job {job.name} names no such package: {package}"
            )
    for package, needed in release.dependencies.items():
        for each in needed:
            s.want(
                each in release.packages, f"the package {package} needs {each}, which is not there"
            )


@rule(
    "package.templates-render",
    MUST,
    WIRE,
    "Templates render with plain Ruby, from declared properties alone, without links.",
    "templatescompiler/erbrenderer",
    checks=(125,),
    needs=NEEDS,
)
def templates_render(s: Scenario) -> None:
    """Render each template of each CPI job as create-env does."""
    for job in _release(s).cpi_jobs():
        for name, template in job.templates.items():
            try:
                _render(job, template, _properties(job, optional=True))
            except Broken as error:
                raise Broken(f"{job.name}/{name} does not render: {error}") from error


@rule(
    "package.cpi-json-survives-absent-options",
    SHOULD,
    WIRE,
    "cpi.json is valid JSON also when every optional property is absent.",
    "aws cpi.json.erb",
    checks=(127,),
    needs=NEEDS,
)
def cpi_json(s: Scenario) -> None:
    """Render whatever goes to *.json with defaults only; a missing required property may refuse."""
    for job in _release(s).cpi_jobs():
        for name, target in (job.spec.get("templates") or {}).items():
            if not target.endswith(".json"):
                continue
            try:
                text = _render(job, job.templates[name], _properties(job, optional=False))
            except Broken as error:
                s.notes.append(f"{job.name}/{target} refuses to render without options: {error}")
                text = _render(job, job.templates[name], _properties(job, optional=True))
            try:
                json.loads(text)
            except ValueError as error:
                raise Broken(f"{job.name}/{target} is no JSON: {error}") from error


@rule(
    "package.job-is-named-after-its-type",
    SHOULD,
    WIRE,
    "The job of a CPI is named <type>_cpi, where the Director looks for it.",
    "cpi_config/cpi.rb",
    checks=(128,),
    needs=NEEDS,
)
def job_name(s: Scenario) -> None:
    """Look at the names of the jobs that render bin/cpi."""
    for job in _release(s).cpi_jobs():
        s.want(job.name.endswith("_cpi"), f"the job is named {job.name}, wanted <type>_cpi")


@rule(
    "package.compiles-anywhere",
    MUST,
    LIFECYCLE,
    "Packages compile with only PATH, HOME and BOSH_* set, outside of /var/vcap, without a "
    "network.",
    "installation/pkg/compiler.go",
    checks=(126,),
    needs=NEEDS,
)
def compiles(s: Scenario) -> None:
    """Run each packaging script in dependency order, without a network where that can be.

    PATH holds the folders of the system; HOME is an empty one.
    """
    path = s.profile.path.parent / s.profile.release
    release = _release(s)
    if path.is_dir():
        s.notes.append("a source folder holds no packages to compile; give a release tarball")
        return
    with tempfile.TemporaryDirectory(dir=s.session.folder) as folder:
        subprocess.run(["tar", "-xf", str(path), "-C", folder], check=True)
        done: list[str] = []
        waiting = [name for name, files in release.packages.items() if "packaging" in files]
        while waiting:
            ready = [n for n in waiting if set(release.dependencies.get(n, ())) <= {*done}]
            s.want(ready, f"packages depend on each other in a circle: {waiting}")
            _compile(Path(folder), ready[0])
            done.append(ready[0])
            waiting.remove(ready[0])


def _compile(folder: Path, name: str) -> None:
    source, target = folder / "source" / name, folder / "installed" / name
    source.mkdir(parents=True)
    target.mkdir(parents=True)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    subprocess.run(
        ["tar", "-xzf", str(folder / "packages" / f"{name}.tgz"), "-C", str(source)], check=True
    )
    env = {
        "PATH": SYSTEM_PATH,
        "HOME": str(home),
        "BOSH_COMPILE_TARGET": str(source),
        "BOSH_INSTALL_TARGET": str(target),
        "BOSH_PACKAGE_NAME": name,
        "BOSH_PACKAGE_VERSION": "1",
        "BOSH_PACKAGES_DIR": str(folder / "installed"),
    }
    done = subprocess.run(
        [*_without_network(), "bash", "-x", "packaging"],
        cwd=source,
        env=env,
        capture_output=True,
        timeout=COMPILE_WITHIN_S,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace")[-600:]
        raise Broken(f"the package {name} does not compile: status {done.returncode}: {said}")


def _without_network() -> list[str]:
    """Words that start a command where there is no network; none where that cannot be."""
    alone = ["unshare", "--net", "--map-root-user"]
    if not shutil.which(alone[0], path=SYSTEM_PATH):
        return []
    done = subprocess.run([*alone, "true"], capture_output=True, check=False)
    return alone if done.returncode == 0 else []

"""The packaging rules on a small release, and on the ways in which it can be wrong."""

import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest
from attrs import evolve

from cpikit_contracts.profile import Profile
from cpikit_contracts.results import Outcome
from cpikit_contracts.run import Choices, judge

# Ruby may be missing on a developer's machine; make test-slow installs what it needs.
pytestmark = pytest.mark.slow

SPEC = """
name: mini_cpi
templates: {cpi.erb: bin/cpi, cpi.json.erb: config/cpi.json}
packages: [mini]
properties:
  mini.region: {description: where, default: north}
  mini.key: {description: secret, example: k}
"""
CPI = (
    '#!/bin/sh\nexec "${BOSH_PACKAGES_DIR:-/var/vcap/packages}/mini/cpi" --config config/cpi.json\n'
)
JSON = (
    '<%= require "json"; JSON.generate("region" => p("mini.region"), '
    '"key" => p("mini.key", nil), "proxy" => (if_p("mini.key") { |key| key } && 1)) %>\n'
)


def release(folder: Path, **changes: str | None) -> Path:
    """A source release; a change to None leaves the file out."""
    files: dict[str, str | None] = {
        "jobs/mini_cpi/spec": SPEC,
        "jobs/mini_cpi/monit": "",
        "jobs/mini_cpi/templates/cpi.erb": CPI,
        "jobs/mini_cpi/templates/cpi.json.erb": JSON,
        "packages/mini/spec": "name: mini\ndependencies: []\n",
        "packages/mini/packaging": 'cp cpi "${BOSH_INSTALL_TARGET}/cpi"\n',
        "packages/mini/cpi": "#!/bin/sh\n",
        **changes,
    }
    for name, text in files.items():
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    return folder


def broken(path: Path, level: str = "wire") -> dict[str, str]:
    assert shutil.which("ruby"), "ruby is needed to read a release: install ruby"
    profile = Profile(path=path, command=("/bin/false",), release=str(path))
    if level != "wire":
        profile = evolve(profile, world=evolve(profile.world, live=True))
    done = judge(profile, Choices(level=level, only=("package",), seed=1))
    ran = [each for each in done.results if each.case.rule.group == "package"]
    bad = {Outcome.BROKEN, Outcome.BLOCKED}
    return {each.case.rule.id: each.message for each in ran if each.outcome in bad}


def test_a_good_release_passes(tmp_path: Path) -> None:
    assert broken(release(tmp_path)) == {}


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        ("package.one-job-renders-bin-cpi", "jobs/mini_cpi/spec",
         SPEC.replace("bin/cpi", "bin/other")),
        ("package.archives-are-complete", "jobs/mini_cpi/monit", None),
        ("package.archives-are-complete", "jobs/second/monit", ""),
        ("package.archives-are-complete", "release.MF",
         "jobs: [{name: mini_cpi}, {name: other}]\npackages: [{name: mini}]\n"),
        ("package.archives-are-complete", "jobs/mini_cpi/spec",
         SPEC.replace("[mini]", "[mini, more]")),
        ("package.archives-are-complete", "packages/mini/spec",
         "name: mini\ndependencies: [ruby]\n"),
        ("package.templates-render", "jobs/mini_cpi/templates/cpi.erb", "<%= link('db') %>"),
        ("package.templates-render", "jobs/mini_cpi/templates/cpi.erb", "<%= p('undeclared') %>"),
        ("package.cpi-json-survives-absent-options", "jobs/mini_cpi/templates/cpi.json.erb",
         '{"key": <%= p("mini.key", "") %>}'),
    ],
)  # fmt: skip
def test_a_bad_release_is_told(tmp_path: Path, rule: str, name: str, text: str | None) -> None:
    assert rule in broken(release(tmp_path, **{name: text}))


def test_a_job_is_named_after_its_type(tmp_path: Path) -> None:
    release(tmp_path)
    (tmp_path / "jobs" / "mini_cpi").rename(tmp_path / "jobs" / "mini")
    assert "package.job-is-named-after-its-type" in broken(tmp_path)


def packed(files: dict[str, bytes], mode: str) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()


def tarball(path: Path, packaging: str = "exit 0", **changes: bytes) -> Path:
    """A release tarball; a change takes the place of one of its files."""
    job = {"job.MF": SPEC, "monit": "", "templates/cpi.erb": CPI, "templates/cpi.json.erb": JSON}
    package = {"packaging": packaging, "cpi": "#!/bin/sh\n"}
    manifest = (
        "name: mini\nversion: 1\njobs: [{name: mini_cpi}]\n"
        "packages: [{name: mini, dependencies: []}]\n"
    )
    files = {
        "release.MF": manifest.encode(),
        "jobs/mini_cpi.tgz": packed({n: t.encode() for n, t in job.items()}, "w:gz"),
        "packages/mini.tgz": packed({n: t.encode() for n, t in package.items()}, "w:gz"),
    }
    path.write_bytes(packed({**files, **changes}, "w:gz"))
    return path


@pytest.mark.parametrize(
    ("packaging", "right"),
    [
        ('cp cpi "${BOSH_INSTALL_TARGET}/"', True),
        ("exit 1", False),
        ('[ -z "$OF_THE_OPERATOR" ] && [ -z "$(ls -A "$HOME")" ]', True),
        ('cp cpi "${HOME}/" && command -v only-here', False),
    ],
)
def test_the_packages_of_a_tarball_compile(
    tmp_path: Path, packaging: str, right: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only-here").write_text("#!/bin/sh\n")
    (tmp_path / "only-here").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("OF_THE_OPERATOR", "x")
    found = broken(tarball(tmp_path / "release.tgz", packaging), "lifecycle")
    assert ("package.compiles-anywhere" not in found) is right
    assert set(found) <= {"package.compiles-anywhere"}


def test_a_job_archive_without_a_spec_is_told(tmp_path: Path) -> None:
    second = packed({"spec": b"name: second\n", "monit": b""}, "w:gz")
    found = broken(tarball(tmp_path / "release.tgz", **{"jobs/second.tgz": second}))
    assert found == {"package.archives-are-complete": "the job second has no job.MF"}


def test_what_is_no_release_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "bad.tgz"
    whole = tarball(tmp_path / "release.tgz").read_bytes()
    for data in (b"no archive", b"", whole[: len(whole) // 2]):
        path.write_bytes(data)
        found = broken(path)
        assert "package.archives-are-complete" in found
        assert all(message.startswith(f"the release {path} is no ") for message in found.values())
        assert all("bosh create-release" in message for message in found.values())


def test_a_damaged_archive_of_a_job_is_named(tmp_path: Path) -> None:
    found = broken(tarball(tmp_path / "release.tgz", **{"jobs/mini_cpi.tgz": b"half"}))
    assert "jobs/mini_cpi.tgz is no tar archive" in found["package.archives-are-complete"]

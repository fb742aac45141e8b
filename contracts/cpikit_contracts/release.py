"""Look into a BOSH release, given as tarball or as folder: its jobs, templates and packages.

Ruby reads the YAML and renders the templates, as the CLI itself has it done (erbrenderer); a host
that runs create-env needs Ruby anyway.
"""

import io
import json
import lzma
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from cpikit_contracts.outcomes import Blocked, Broken

RUBY_WITHIN_S: Final = 60.0
TO_JSON: Final = (
    "require 'yaml'; require 'json'; puts JSON.generate(YAML.safe_load($stdin.read, aliases: true))"
)
# What the CLI's renderer gives a template: declared properties, p, if_p, spec, and no links.
RENDER: Final = """
require 'erb'; require 'json'; require 'ostruct'
given = JSON.parse($stdin.read)
class Context
  def initialize(properties, name) @properties = properties; @name = name end
  def spec
    OpenStruct.new(name: @name, index: 0, az: 'unknown', bootstrap: true, networks: OpenStruct.new)
  end
  def name; @name end
  def index; 0 end
  def properties; JSON.parse(JSON.generate(@properties), object_class: OpenStruct) end
  def find(path)
    path.split('.').reduce(@properties) { |at, key| at.is_a?(Hash) ? at[key] : nil }
  end
  def p(paths, *default)
    [paths].flatten.each { |path| value = find(path); return value unless value.nil? }
    return default.first unless default.empty?
    raise "no property #{paths} and no default"
  end
  def if_p(*paths)
    values = paths.map { |path| find(path) }
    return Else.new(true) if values.any?(&:nil?)
    yield(*values); Else.new(false)
  end
  def link(name) raise "links do not exist under create-env: #{name}" end
  def if_link(name) Else.new(true) end
  class Else
    def initialize(run) @run = run end
    def else; yield if @run end
    def else_if_p(*) ; self end
  end
  def bind; binding end
end
context = Context.new(given['properties'], given['name'])
puts ERB.new(given['template'], trim_mode: '-').result(context.bind)
"""


@frozen
class Job:
    """One job of a release; its spec is `job.MF` in an archive, `spec` in a source folder."""

    name: str
    spec: Mapping[str, Any]
    spec_name: str
    files: frozenset[str]
    templates: Mapping[str, str] = field(factory=dict)

    @property
    def targets(self) -> list[str]:
        """Where its templates go."""
        return list((self.spec.get("templates") or {}).values())

    @property
    def is_cpi(self) -> bool:
        """Does it render a bin/cpi?"""
        return "bin/cpi" in self.targets


@frozen
class Release:
    """A release, as far as the packaging rules look."""

    jobs: tuple[Job, ...]
    packages: Mapping[str, frozenset[str]]
    dependencies: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...] = ()  # what release.MF names and the release does not hold

    def cpi_jobs(self) -> list[Job]:
        """The jobs that are CPIs."""
        return [job for job in self.jobs if job.is_cpi]


def ruby() -> str:
    """Where Ruby is; raises Blocked where there is none."""
    found = shutil.which("ruby")
    if not found:
        raise Blocked("ruby is needed to read and render a release (the CLI needs it too)")
    return found


def run_ruby(script: str, text: str) -> str:
    """Run a script with text on its standard input; raises Broken with what Ruby says."""
    done = subprocess.run(
        [ruby(), "-e", script],
        input=text.encode(),
        capture_output=True,
        timeout=RUBY_WITHIN_S,
        check=False,
    )
    if done.returncode:
        raise Broken(done.stderr.decode("utf-8", "replace").strip()[-600:])
    return done.stdout.decode("utf-8", "replace")


def yaml(text: str) -> Any:
    """Read YAML."""
    return json.loads(run_ruby(TO_JSON, text))


def open_release(path: Path) -> Release:
    """Read a release; raises Blocked when there is none, Broken when a part of it is damaged."""
    if path.is_dir():
        files = {
            str(each.relative_to(path)): each.read_bytes()
            for folder in ("jobs", "packages")
            for each in (path / folder).rglob("*")
            if each.is_file()
        }
        if (path / "release.MF").exists():
            files["release.MF"] = (path / "release.MF").read_bytes()
    elif path.is_file():
        try:
            files = _unpacked(path.read_bytes(), f"the release {path}")
        except Broken as error:
            wanted = "give what `bosh create-release --tarball` wrote, or the release's folder"
            raise Blocked(f"{error}: {wanted}") from error
    else:
        raise Blocked(f"the release {path} is not there")
    return _read(files)


def _unpacked(data: bytes, name: str) -> dict[str, bytes]:
    files = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive.getmembers():
                handle = archive.extractfile(member) if member.isfile() else None
                if handle is not None:
                    files[member.name.removeprefix("./")] = handle.read()
    except (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
        # Where no way of reading fits, tarfile lists them all, a line each.
        why = "" if "\n" in str(error) else f" ({error})"
        raise Broken(f"{name} is no tar archive, or it is damaged{why}") from error
    return files


def _read(files: dict[str, bytes]) -> Release:
    """Source folders hold jobs/NAME/spec; tarballs hold jobs/NAME.tgz with job.MF."""
    jobs: dict[str, dict[str, bytes]] = {}
    packages: dict[str, dict[str, bytes]] = {}
    archives: set[str] = set()
    for name, data in files.items():
        words = name.split("/")
        place = jobs if words[0] == "jobs" else packages
        if words[0] not in {"jobs", "packages", "compiled_packages"} or len(words) < 2:  # noqa: PLR2004  # folder, name
            continue
        if name.endswith(".tgz"):
            place[words[1].removesuffix(".tgz")] = _unpacked(data, name)
            archives.add(name)
        elif len(words) > 2:  # noqa: PLR2004  # folder, name, file
            place.setdefault(words[1], {})["/".join(words[2:])] = data
    manifest = yaml(files["release.MF"].decode()) if "release.MF" in files else {}
    named = {f"job {each['name']}" for each in manifest.get("jobs") or ()}
    named |= {f"package {each['name']}" for each in _packages_of(manifest)}
    held = {*(f"job {name}" for name in jobs), *(f"package {name}" for name in packages)}
    return Release(
        jobs=tuple(
            _job(name, inside, "job.MF" if f"jobs/{name}.tgz" in archives else "spec")
            for name, inside in sorted(jobs.items())
        ),
        packages={name: frozenset(inside) for name, inside in packages.items()},
        dependencies=_dependencies(manifest, packages),
        missing=tuple(sorted(named - held)),
    )


def _job(name: str, inside: dict[str, bytes], spec_name: str) -> Job:
    spec = inside.get(spec_name) or b"{}"
    templates = {
        path.removeprefix("templates/"): data.decode("utf-8", "replace")
        for path, data in inside.items()
        if path.startswith("templates/")
    }
    return Job(name, yaml(spec.decode()) or {}, spec_name, frozenset(inside), templates)


def _packages_of(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*(manifest.get("packages") or ()), *(manifest.get("compiled_packages") or ())]


def _dependencies(
    manifest: Mapping[str, Any], packages: Mapping[str, dict[str, bytes]]
) -> dict[str, tuple[str, ...]]:
    found = {each["name"]: tuple(each.get("dependencies") or ()) for each in _packages_of(manifest)}
    for name, inside in packages.items():
        if name not in found and "spec" in inside:
            found[name] = tuple((yaml(inside["spec"].decode()) or {}).get("dependencies") or ())
    return found

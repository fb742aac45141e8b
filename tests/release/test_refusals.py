"""packaging scripts on hosts that lack something: one sentence, with the remedy."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from release_jobs import RELEASE

# What the scripts themselves use, beside the tools whose absence is looked at.
USED = ["bash", "env", "mktemp", "rm", "getconf", "mkdir", "cp", "find", "tail", "cat", "head"]
TOOLS = ["uname", "make", "tar", "xz", "sed", "gcc"]


@pytest.fixture
def host(tmp_path):
    """A build host that is made of stubs; gives a function that runs a packaging script on it."""
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    for name in USED + TOOLS:
        (bin_dir / name).symlink_to(shutil.which(name))

    def stub(name, text):
        (bin_dir / name).unlink(missing_ok=True)
        (bin_dir / name).write_text(f"#!/bin/sh\n{text}\n")
        (bin_dir / name).chmod(0o755)

    def run(package):
        source = tmp_path / "source"
        source.mkdir()
        shutil.copyfile(RELEASE / "packages" / package / "packaging", source / "packaging")
        environment = {
            "PATH": str(bin_dir),
            "BOSH_COMPILE_TARGET": str(source),
            "BOSH_INSTALL_TARGET": str(tmp_path / "packages" / package),
            "BOSH_PACKAGES_DIR": str(tmp_path / "packages"),
            "BOSH_PACKAGE_NAME": package,
        }
        return subprocess.run(
            ["bash", "packaging"],
            cwd=source,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    run.stub, run.bin, run.packages = stub, bin_dir, tmp_path / "packages"
    return run


def test_macos_is_refused_with_what_to_do(host):
    host.stub("uname", "case $1 in -s) echo Darwin ;; *) echo arm64 ;; esac")
    done = host("cpikit-python")
    assert done.returncode == 1
    assert done.stderr == (
        "cpikit-python: this is Darwin on arm64, wanted Linux on x86_64 or aarch64: "
        "run 'bosh create-env' on such a machine or in a container of it\n"
    )


@pytest.mark.parametrize("tool", ["make", "xz"])
def test_a_tool_that_is_missing_is_named(host, tool):
    (host.bin / tool).unlink()
    done = host("cpikit-python")
    assert done.returncode == 1
    assert done.stderr.startswith(f"cpikit-python: the build host lacks {tool}: install")


def test_a_compiler_that_is_missing_is_named(host):
    (host.bin / "gcc").unlink()
    done = host("cpikit-python")
    assert done.returncode == 1
    assert done.stderr.startswith("cpikit-python: the build host lacks a C compiler: install")


@pytest.mark.parametrize(
    ("header", "package"), [("openssl/ssl.h", "libssl-dev"), ("zlib.h", "zlib1g-dev")]
)
def test_headers_that_are_missing_are_named_in_one_sentence(host, header, package):
    host.stub("gcc", f'! grep -q "{header}"')
    (host.bin / "grep").symlink_to(shutil.which("grep"))
    done = host("cpikit-python")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("cpikit-python: the build host lacks the headers of OpenSSL or zlib")
    assert f"apt-get install {package};" in line


def test_a_package_without_its_source_says_so(host):
    done = host("cpikit-python")
    assert done.returncode == 1
    assert "wanted one cpikit-python/Python-*.tar.xz" in done.stderr


def test_python_that_was_not_compiled_first_is_named(host):
    done = host("cpikit")
    assert done.returncode == 1
    assert "the package cpikit-python has to be compiled first" in done.stderr


def test_a_host_without_glibc_is_refused(host):
    python = host.packages / "cpikit-python/bin/python3"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    done = host("cpikit")
    assert done.returncode == 1
    assert "no GNU C library" in done.stderr

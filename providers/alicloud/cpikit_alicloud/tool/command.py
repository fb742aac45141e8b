"""The command line: `cpikit-alicloud stemcell light`, `verify` and `delete`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from cpikit.errors import CpiError

_INTERRUPTED = 130
_EPILOG = """\
Examples:
  cpikit-alicloud stemcell light bosh-stemcell-1.5-….tgz --config cpi.json \\
      --region cn-hangzhou --region eu-central-1 --encrypt eu-central-1 --share 1234567890
  cpikit-alicloud stemcell verify light-bosh-stemcell-1.5-….tgz --config cpi.json
  cpikit-alicloud stemcell delete light-bosh-stemcell-1.5-….tgz --config cpi.json
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status: 0, 1 when it failed, 2 when it was misused."""
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except CpiError as error:
        sys.stderr.write(f"cpikit-alicloud: {error.message}\n")
        return 1
    except ModuleNotFoundError as error:
        if error.name not in ("yaml", "rich"):
            raise
        sys.stderr.write(
            f"cpikit-alicloud: {error.name} is not installed: pip install "
            "'cpikit-alicloud[stemcells]'\n"
        )
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("cpikit-alicloud: stopped; the same command goes on from here\n")
        return _INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cpikit-alicloud",
        description="What belongs to Alibaba Cloud beside the CPI.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stemcell = parser.add_subparsers(title="commands", required=True, metavar="COMMAND").add_parser(
        "stemcell", help="light stemcells: make, verify and delete them"
    )
    commands = stemcell.add_subparsers(title="commands", required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--config", required=True, metavar="CPI_JSON", help="region, credentials, endpoints"
    )
    shared.add_argument("--debug", action="store_true", help="log the cloud's calls on stderr")
    _add_light(commands, shared)
    verify = commands.add_parser(
        "verify", parents=[shared], help="check the images that a light stemcell names"
    )
    verify.add_argument("stemcell", help="the light stemcell's tarball")
    verify.add_argument("--share", action="append", default=[], metavar="ACCOUNT")
    verify.add_argument("--json", action="store_true", help="print the findings as JSON")
    verify.set_defaults(run=_verify)
    delete = commands.add_parser(
        "delete", parents=[shared], help="delete all images of a stemcell, and their snapshots"
    )
    delete.add_argument("stemcell", help="the light stemcell's tarball, or the heavy one's")
    delete.add_argument(
        "--region", action="append", default=[], help="further regions to look in, for a heavy one"
    )
    delete.set_defaults(run=_delete)
    return parser


def _add_light(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser
) -> None:
    light = commands.add_parser(
        "light",
        parents=[shared],
        help="make a light stemcell: import once, copy to each region, write the tarball",
        description="Repeat the same command after a failure: it finds what is there already.",
    )
    source = light.add_mutually_exclusive_group(required=True)
    source.add_argument("stemcell", nargs="?", help="a heavy stemcell's tarball")
    source.add_argument("--image", metavar="ID", help="an image in the region of the cpi.json")
    for name in ("name", "version", "os"):
        light.add_argument(f"--{name}", help=f"the stemcell's {name}, with --image")
    light.add_argument(
        "--region", action="append", default=[], help="where an image is wanted; repeat it"
    )
    light.add_argument(
        "--encrypt",
        action="append",
        default=[],
        metavar="REGION[=KMS_KEY]",
        help="encrypt the copy there; `all` encrypts each",
    )
    light.add_argument(
        "--share", action="append", default=[], metavar="ACCOUNT", help="let this account use them"
    )
    light.add_argument("--output", metavar="FILE", help="the tarball to write")
    light.set_defaults(run=_light)


def _light(parsed: argparse.Namespace) -> int:
    from cpikit_alicloud.tool import tarballs
    from cpikit_alicloud.tool.clouds import Clouds
    from cpikit_alicloud.tool.light import Light
    from cpikit_alicloud.tool.progress import for_stderr
    from cpikit_alicloud.tool.sources import Given, Heavy, Source
    from cpikit_alicloud.tool.wants import wanted

    source: Source
    if parsed.stemcell:
        source = Heavy.at(parsed.stemcell)
        default = f"light-{Path(parsed.stemcell).name}"
    elif not (parsed.name and parsed.version and parsed.os):
        raise CpiError("--image needs --name, --version and --os: nothing else tells them")
    else:
        default = f"light-bosh-stemcell-{parsed.version}-{parsed.name}.tgz"
    path = Path(parsed.output or default)
    tarballs.check_writable(path)
    clouds = Clouds(parsed.config, debug=parsed.debug)
    if parsed.image:
        names = {"name": parsed.name, "version": parsed.version, "operating_system": parsed.os}
        with clouds.step() as home:
            source = Given.at(home, parsed.image, **names)
    wants = wanted(parsed.region or [clouds.home.client.region], parsed.encrypt)
    with for_stderr() as progress:
        ids = Light(clouds, source, progress).made(wants, parsed.share)
    tarballs.write(path, tarballs.light_manifest(source.manifest(), ids))
    for region, image_id in sorted(ids.items()):
        sys.stdout.write(f"{region}  {image_id}\n")
    sys.stdout.write(f"{path}\n")
    return 0


def _verify(parsed: argparse.Namespace) -> int:
    from cpikit_alicloud.tool import tarballs
    from cpikit_alicloud.tool.clouds import Clouds
    from cpikit_alicloud.tool.verifying import verified

    stemcell = tarballs.read(parsed.stemcell)
    if not stemcell.image_ids:
        raise CpiError(f"{parsed.stemcell} names no images: it is no light stemcell")
    findings = verified(Clouds(parsed.config, debug=parsed.debug), stemcell, parsed.share)
    if parsed.json:
        rows = [
            {"region": f.region, "image": f.image_id, "status": f.status, "problems": f.problems}
            for f in findings
        ]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        for one in findings:
            told = "; ".join(one.problems) or "good"
            sys.stdout.write(f"{one.region}  {one.image_id}  {one.status}  {told}\n")
    return 1 if any(one.problems for one in findings) else 0


def _delete(parsed: argparse.Namespace) -> int:
    from cpikit_alicloud.tool import tarballs
    from cpikit_alicloud.tool.clouds import Clouds
    from cpikit_alicloud.tool.deleting import Deletion
    from cpikit_alicloud.tool.sources import Heavy

    stemcell = tarballs.read(parsed.stemcell)
    clouds = Clouds(parsed.config, debug=parsed.debug)
    deletion = Deletion(clouds, lambda text: sys.stdout.write(f"{text}\n"))
    if stemcell.image_ids:
        deletion.of_light(stemcell.image_ids)
    else:
        heavy = Heavy.at(parsed.stemcell)
        deletion.of_heavy(heavy.copies.fingerprint, parsed.region)
        with clouds.step() as home:
            heavy.forget(home)
    return 0

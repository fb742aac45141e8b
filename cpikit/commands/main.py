"""The command line for people: `cpikit call`, `check`, `validate`, `orphans` and others."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from cpikit.errors import CpiError

_INTERRUPTED = 130
_EPILOG = """\
As a CPI it is started with no further words, by BOSH's bin/cpi or by hand:
  cpikit --config cpi.json < request.json

Examples:
  cpikit providers
  cpikit check --config cpi.json
  cpikit check --config cpi.json --online --cloud-config cloud-config.yml
  cpikit validate --config cpi.json cloud-config.yml
  cpikit call --config cpi.json create_disk 10240 '{}' null
  cpikit call --config cpi.json has_vm vm-1
  cpikit orphans --config cpi.json --director UUID --bosh 'bosh -e prod'
  cpikit new provider mycloud
"""


def main(arguments: Sequence[str]) -> int:
    """Run a command and give its exit status: 0, 1 when it failed, 2 when it was misused."""
    parser = _parser()
    parsed = parser.parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except CpiError as error:
        parser.exit(1, f"cpikit: {error.message}\n")
    except KeyboardInterrupt:
        parser.exit(_INTERRUPTED, "cpikit: stopped\n")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cpikit",
        description="A BOSH CPI whose cloud is a plugin.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_call(commands)
    _add_check(commands)
    _add_validate(commands)
    providers = commands.add_parser(
        "providers", help="list the installed providers and what their info says"
    )
    providers.set_defaults(run=_run_providers)
    new = commands.add_parser("new", help="write the few files of a new provider")
    new.add_argument("what", choices=["provider"])
    new.add_argument("name", help="the provider's name in cpi.json: small letters, digits, _")
    new.add_argument("--directory", help="where to write it (default: ./NAME)")
    new.set_defaults(run=_run_new)
    _add_orphans(commands)
    index = commands.add_parser(
        "index",
        help="write down where the installed providers are, so that no call has to search",
        description="Run it after every installation, with the rights to write to it. Without "
        "it, or when it is stale, every call searches by itself, some 40 ms slower.",
    )
    index.set_defaults(run=_run_index)
    return parser


def _add_call(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    call = commands.add_parser(
        "call",
        help="call one CPI method by hand",
        description="Arguments are JSON; a word that is not JSON is taken as a string. "
        "Sizes are MiB. The exit status is 1 when the method answers an error.",
    )
    call.add_argument("--config", required=True, metavar="CPI_JSON")
    call.add_argument("--json", action="store_true", help="print the response as it goes to BOSH")
    call.add_argument("--debug", action="store_true", help="log details on stderr")
    call.add_argument(
        "--context", default="{}", metavar="JSON", help="keys to add to the request's context"
    )
    call.add_argument("--api-version", type=int, default=3, choices=[2, 3])
    call.add_argument("method")
    call.add_argument("arguments", nargs="*")
    call.set_defaults(run=_run_call)


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser(
        "check", help="validate a cpi.json, and say what would be used and where it came from"
    )
    check.add_argument("--config", required=True, metavar="CPI_JSON")
    check.add_argument(
        "--context",
        default="{}",
        metavar="JSON",
        help="properties of a CPI config, which overlay those of cpi.json",
    )
    check.add_argument(
        "--online",
        action="store_true",
        help="ask the cloud too, reading only: credentials, permissions, network, stock, quotas",
    )
    check.add_argument(
        "--cloud-config", metavar="FILE", help="with --online: look for all that it needs, too"
    )
    check.add_argument(
        "--stemcell",
        action="append",
        default=[],
        metavar="CID",
        help="with --online: a stemcell that is there already; may be repeated",
    )
    check.add_argument("--debug", action="store_true", help="log each cloud call on stderr")
    check.set_defaults(run=_run_check)


def _add_orphans(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    orphans = commands.add_parser(
        "orphans",
        help="show what a Director made and has in none of its lists; delete it one by one",
        description="Reads the Director's lists, taken by `bosh … --json` into one folder "
        "(docs/orphans.md), or takes them itself. Shows only what carries this Director's marks.",
    )
    orphans.add_argument("--config", required=True, metavar="CPI_JSON")
    orphans.add_argument(
        "--director", required=True, metavar="UUID", help="as `bosh environment` shows it"
    )
    source = orphans.add_mutually_exclusive_group(required=True)
    source.add_argument("--lists", metavar="FOLDER", help="where the lists are")
    source.add_argument("--bosh", metavar="WORDS", help="the CLI to take them by: 'bosh -e prod'")
    orphans.add_argument(
        "--context", default="{}", metavar="JSON", help="properties of a CPI config: its region"
    )
    what = orphans.add_mutually_exclusive_group()
    what.add_argument("--json", action="store_true", help="print them as one JSON object")
    what.add_argument("--delete", action="store_true", help="ask for the id of each, and delete it")
    orphans.add_argument("--debug", action="store_true", help="log the cloud's calls on stderr")
    orphans.set_defaults(run=_run_orphans)


def _add_validate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    validate = commands.add_parser(
        "validate",
        help="check a cloud config offline, each problem with its line",
        description="Takes cloud configs, and manifests that refer to them. The exit status is 1 "
        "when there is an error, or with --strict a warning.",
    )
    validate.add_argument("files", nargs="+", metavar="FILE", help="a YAML file")
    validate.add_argument("--config", metavar="CPI_JSON", help="the CPI that it is for")
    validate.add_argument("--provider", metavar="NAME", help="the provider, without a cpi.json")
    validate.add_argument("--strict", action="store_true", help="warnings count as errors")
    validate.set_defaults(run=_run_validate)


def _run_call(parsed: argparse.Namespace) -> int:
    from cpikit.commands.call import run

    return run(parsed)


def _run_check(parsed: argparse.Namespace) -> int:
    if parsed.online:
        from cpikit.commands.online import run as ask

        return ask(parsed)
    if parsed.cloud_config or parsed.stemcell:
        raise CpiError(
            "--cloud-config and --stemcell go with --online; offline it is `cpikit validate FILE`"
        )
    from cpikit.commands.check import run

    return run(parsed)


def _run_orphans(parsed: argparse.Namespace) -> int:
    from cpikit.commands.orphans import run

    return run(parsed)


def _run_validate(parsed: argparse.Namespace) -> int:
    from cpikit.commands.validate import run

    return run(parsed)


def _run_providers(_parsed: argparse.Namespace) -> int:
    from cpikit.commands.providers import run

    return run()


def _run_new(parsed: argparse.Namespace) -> int:
    from cpikit.commands.new import run

    return run(parsed.name, parsed.directory)


def _run_index(_parsed: argparse.Namespace) -> int:
    from cpikit.commands.index import run

    return run()

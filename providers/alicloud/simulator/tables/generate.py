"""Write docs/simulator.md: what is served, which errors are produced, which questions are knobs.

    python generate.py            writes the page from the catalogue and from produced.json
    python generate.py --print    prints it
    python generate.py --collect  runs the simulator's tests first, to write produced.json anew

A code counts as produced only if a test got it by request and world state, without a rule: the
pytest plugin notes those. documented.json has the codes of the documentation's error tables (2021),
unprovoked.json the reasons why some of them cannot come.
"""  # noqa: INP001  # a script beside the package, not a package

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from cpikit_alicloud_simulator.actions import Action
from cpikit_alicloud_simulator.catalogue import Catalogue, catalogue

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
PAGE = ROOT / "docs/simulator.md"
PRODUCED = HERE / "produced.json"
DOCUMENTED = HERE / "documented.json"
UNPROVOKED = HERE / "unprovoked.json"
UNEXPLAINED = "nobody has tried yet"

Codes = Mapping[str, Mapping[str, list[str]]]
"""Product, action, codes."""

INTRODUCTION = """\
# The simulator of Alibaba Cloud

[Its README](../providers/alicloud/simulator/README.md) shows how to use it. This page is generated
by `providers/alicloud/simulator/tables/generate.py`: what is served, which documented errors tests
have provoked by request and world state alone, and every question that documents leave open.
"""


def main() -> None:
    """Do what the command line says."""
    if "--collect" in sys.argv:
        PRODUCED.write_text(written(collected()), encoding="utf-8")
    text = page(catalogue(), read(DOCUMENTED), read(PRODUCED))
    if "--print" in sys.argv:
        sys.stdout.write(text)
    else:
        PAGE.write_text(text, encoding="utf-8")


def read(path: Path) -> Codes:
    """Read codes of products and actions."""
    found: Codes = json.loads(path.read_text("utf-8"))
    return found


def collected() -> Codes:
    """Run the simulator's tests and give the codes that they got without a rule."""
    codes: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with tempfile.TemporaryDirectory() as folder:
        told = {**os.environ, "CPIKIT_SIMULATOR_PRODUCED": folder}
        tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/simulator"]
        others = ["-k", "not page_is_fresh"]  # it is what this makes true
        done = subprocess.run([*tests, *others], cwd=ROOT, env=told, check=False)
        if done.returncode:
            sys.stderr.write("some tests failed: what they produced may be missing\n")
        for file in Path(folder).iterdir():
            for line in file.read_text("utf-8").splitlines():
                product, action, code = json.loads(line)
                codes[product][action].add(code)
    known = catalogue().actions
    return {
        product: {
            action: sorted(found)
            for action, found in sorted(actions.items())
            if (product, action) in known
        }
        for product, actions in sorted(codes.items())
        if any(product == its for its, _ in known)
    }


def written(codes: Codes) -> str:
    """Write codes so that a change can be read as a diff: one line for an action."""
    lines = []
    for product, actions in codes.items():
        rows = [f"  {json.dumps(action)}: {json.dumps(found)}" for action, found in actions.items()]
        lines.append(f" {json.dumps(product)}: {{\n" + ",\n".join(rows) + "\n }")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def page(served: Catalogue, documented: Codes, produced: Codes) -> str:
    """Give the whole page."""
    parts = [
        INTRODUCTION,
        *_shares(served, documented, produced),
        *_actions(served, documented, produced),
        *_missing(served, documented, produced),
        *_knobs(served),
        *_durations(served),
        *_quotas(served),
    ]
    return "\n".join(parts)


def _shares(served: Catalogue, documented: Codes, produced: Codes) -> Iterator[str]:
    yield "## Share of the documented error codes\n"
    yield "| product | actions with a table | served | codes documented | produced |"
    yield "|---|---|---|---|---|"
    totals = [0, 0, 0, 0]
    for product, actions in documented.items():
        have = sum((product, action) in served.actions for action in actions)
        wanted = {(action, code) for action, codes in actions.items() for code in codes}
        got = {
            (action, code) for action, code in wanted if code in _codes(produced, product, action)
        }
        row = [len(actions), have, len(wanted), len(got)]
        totals = [total + one for total, one in zip(totals, row, strict=True)]
        yield f"| {product} | {row[0]} | {row[1]} | {row[2]} | {_share(row[3], row[2])} |"
    yield f"| all | {totals[0]} | {totals[1]} | {totals[2]} | {_share(totals[3], totals[2])} |\n"


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else "-"


def _codes(of: Codes, product: str, action: str) -> list[str]:
    return of.get(product, {}).get(action, [])


def _actions(served: Catalogue, documented: Codes, produced: Codes) -> Iterator[str]:
    yield "## Actions\n"
    yield f"{len(served.actions)} actions are served. Where the documentation has an error table,"
    yield "the last column says how many of its codes are produced; other codes follow the plus.\n"
    for product in sorted({name for name, _ in served.actions}):
        yield f"### {product} {served.products[product].version}\n"
        yield "| action | parameters honoured | codes |"
        yield "|---|---|---|"
        for action in sorted(name for its, name in served.actions if its == product):
            declared = served.actions[product, action]
            wanted = set(_codes(documented, product, action))
            got = set(_codes(produced, product, action))
            count = f"{len(got & wanted)} of {len(wanted)}" if wanted else "-"
            more = f" + {len(got - wanted)}" if got - wanted else ""
            yield f"| {action} | {_parameters(declared)} | {count}{more} |"
        yield ""


def _parameters(action: Action) -> str:
    required = set(action.required)
    shown = [f"**{name}**" if name in required else name for name in action.parameters]
    return ", ".join(shown) or "-"


def _missing(served: Catalogue, documented: Codes, produced: Codes) -> Iterator[str]:
    yield "## Documented codes that no test has provoked\n"
    lines: dict[str, list[str]] = defaultdict(list)
    for product, actions in documented.items():
        for action, codes in actions.items():
            left = [code for code in codes if code not in _codes(produced, product, action)]
            if (product, action) not in served.actions:
                lines["the action is not served"].append(f"{product} {action}")
                continue
            for reason, some in _grouped(action, left).items():
                lines[reason].append(f"{product} {action}: {', '.join(some)}")
    for reason, rows in sorted(lines.items(), key=lambda line: -len(line[1])):
        yield f"{reason[0].upper()}{reason[1:]}:\n"
        yield "\n".join(f"- {row}" for row in rows) + "\n"
    if not lines:
        yield "None.\n"


def _grouped(action: str, codes: list[str]) -> Mapping[str, list[str]]:
    """Give codes by why they cannot come."""
    found: dict[str, list[str]] = defaultdict(list)
    for code in codes:
        found[reason_of(action, code) or UNEXPLAINED].append(code)
    return found


def reason_of(action: str, code: str) -> str:
    """Give why no request and no state of a world leads to a code; empty if nothing is said."""
    for group in json.loads(UNPROVOKED.read_text("utf-8")):
        if code in (*group["codes"].get(action, ()), *group["codes"].get("*", ())):
            return str(group["reason"])
    return ""


def _knobs(served: Catalogue) -> Iterator[str]:
    yield "## Knobs\n"
    yield "What documents leave open, contradict each other about, or never say. `GET /knobs` shows"
    yield "them, `PATCH /knobs` and a world file's `[knobs]` set them.\n"
    yield "| knob | values, the default first | what it decides | source |"
    yield "|---|---|---|---|"
    for knob in sorted(served.knobs.values(), key=lambda each: each.name):
        others = [value for value in knob.values if value != knob.default]
        values = ", ".join(f"`{json.dumps(value)}`" for value in [knob.default, *others])
        more = ", or any other" if knob.is_open else ""
        yield f"| `{knob.name}` | {values}{more} | {_cell(knob.about)} | {_cell(knob.source)} |"
    yield ""


def _durations(served: Catalogue) -> Iterator[str]:
    yield "## Durations\n"
    yield "In seconds of the world's clock; in profile `instant` all are 0.\n"
    yield "| what | typical | slow | grade | source |"
    yield "|---|---|---|---|---|"
    for one in sorted(served.durations.values(), key=lambda each: each.name):
        low_high = [_seconds(one.typical), _seconds(one.slow)]
        yield f"| `{one.name}` | {' | '.join(low_high)} | {one.grade} | {_cell(one.source)} |"
    yield ""


def _seconds(value: float | tuple[float, float]) -> str:
    return "-".join(f"{one:g}" for one in value) if isinstance(value, tuple) else f"{value:g}"


def _quotas(served: Catalogue) -> Iterator[str]:
    yield "## Quotas\n"
    yield "| quota | default | what it counts | source |"
    yield "|---|---|---|---|"
    for quota in sorted(served.quotas.values(), key=lambda each: each.name):
        yield f"| `{quota.name}` | {quota.default} | {_cell(quota.about)} | {_cell(quota.source)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    main()

"""contract.toml: every problem at once, with its place."""

import re
from pathlib import Path

import pytest

from cpikit_contracts.command import main
from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.profile import load
from cpikit_contracts.world import fill

REPOSITORY = Path(__file__).parents[2]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "contract.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = (
        'rules = "9"\nodd = 1\n[cpi]\ncommand = 7\n[world]\nlive = "yes"\n[unknown]\nvm = 3\n'
        '[gaps]\nfly = {degree = "cannot", reason = "x"}\nping = {degree = "maybe", reason = "x"}\n'
        'has_vm = {degree = "cannot"}\n[limits]\nresources = "many"\n'
    )
    with pytest.raises(Unusable) as told:
        load(written(tmp_path, text))
    for place in (
        "rules", "'odd'", "command", "world.live", "unknown.vm", "gaps.fly", "gaps.ping",
        "gaps.has_vm", "limits.resources",
    ):  # fmt: skip
        assert place in str(told.value)


def test_a_command_may_be_a_line_or_a_list(tmp_path: Path) -> None:
    assert load(written(tmp_path, "[cpi]\ncommand = \"a 'b c'\"\n")).command == ("a", "b c")
    assert load(written(tmp_path, '[cpi]\ncommand = ["a", "b c"]\n')).command == ("a", "b c")


def test_what_is_left_open_has_defaults(tmp_path: Path) -> None:
    profile = load(written(tmp_path, '[cpi]\ncommand = "x"\n'))
    assert profile.limits.resources == 40
    assert profile.inputs["disk_size_mib"] == 1024
    assert not profile.world.live


def test_a_whole_number_will_do_for_seconds(tmp_path: Path) -> None:
    assert load(written(tmp_path, "[limits]\ncall_s = 30\n")).limits.call_s == 30.0


@pytest.mark.parametrize("text", ["[", "\x00", "a = 1\na = 2"])
def test_what_is_no_toml_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unusable, match="no TOML"):
        load(written(tmp_path, text))


def test_a_missing_profile_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot be read"):
        load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[inputs]\nvm = 3", "inputs.vm: found 3, wanted a table"),
        ("[inputs]\nstemcell = []", "inputs.stemcell: found [], wanted a table"),
        ("[inputs]\ncontext = true", "inputs.context: found True, wanted a table"),
        ('[inputs]\nnetworks = "none"', "inputs.networks: found 'none', wanted a table"),
        ("[inputs.networks]\nmanual = 1", "inputs.networks.manual: found 1, wanted a table"),
        ("[inputs.networks]\nmaunal = {}", "inputs.networks.maunal: there is no such network"),
        ('[inputs.networks]\nvip = {ips = "1.2.3.4"}', "inputs.networks.vip.ips: found '1.2.3.4'"),
        ("[inputs.networks]\nvip = {ips = [1]}", "inputs.networks.vip.ips: found [1], wanted"),
        (
            "[inputs.networks]\ndynamic = {cloud_properties = 1}",
            "inputs.networks.dynamic.cloud_properties: found 1, wanted a table",
        ),
        ("[inputs]\ndisk_size_mib = 0", "inputs.disk_size_mib: found 0, wanted a whole number"),
        ("[inputs]\ndisk_size_mib = true", "inputs.disk_size_mib: found True"),
        ('[inputs]\ndisk_size_mib = "1"', "inputs.disk_size_mib: found '1'"),
        ("[inputs]\nimage = 1", "inputs.image: found 1, wanted the path of a file"),
        ("[release]\npath = 1", "[release] path: found 1, wanted a string"),
        ("[cpi]\ncommand = \"cpi 'one\"", "[cpi] command: \"cpi 'one\" cannot be taken apart"),
        ('[cpi]\nidempotent = ["make_vm"]', "there is no such CPI method 'make_vm'"),
        ('[accepted]\n"log.names" = "x"', "accepted.log.names: there is no such rule; near: log."),
        ('[refuses]\nmake_vm = "x"', "refuses.make_vm: wanted a method, a step"),
        ('[refuses]\n"048-make_disk" = "x"', "refuses.048-make_disk: wanted a method, a step"),
        ('[refuses]\n"director-v3/create_disk" = "x"', "wanted a method, a step"),
        ('[refuses]\n"director-v3/999-create_disk" = "x"', "director-v3 has no such step"),
        ('[refuses]\n"director-v9/048-create_disk" = "x"', "there is no such set; there are: cli"),
        ('[world]\nup = "up"', "world.up: give down as well"),
        ('[world]\ndown = "down"', "world.down: there is nothing to take down without up"),
        *(
            (f"[limits]\n{name} = 0", f"limits.{name}: found 0, wanted a number above 0")
            for name in "resources parallel call_s info_s stderr_bytes notice_s".split()
        ),
        ("[limits]\ncall_s = inf", "limits.call_s: found inf"),
        ("[limits]\ncalls = {has_vm = -1}", "limits.calls.has_vm: found -1, wanted a number"),
        ("[limits]\nseconds = {has_vm = nan}", "limits.seconds.has_vm: found nan"),
    ],
)  # fmt: skip
def test_what_a_table_cannot_hold_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Unusable) as told:
        load(written(tmp_path, text))
    assert said in str(told.value)
    assert str(told.value).count("\n") == 1, "each problem is told once"


def test_what_the_tables_may_hold_is_taken(tmp_path: Path) -> None:
    text = """
        [cpi]
        idempotent = ["create_vm", "create_disk"]
        [world]
        up = "up"
        down = ["true"]
        [inputs.networks]
        managed = {range = "10.0.0.0/24"}
        [limits]
        calls = {has_vm = 0}
        [accepted]
        "log.names-the-request" = "we do not log"
        [refuses]
        create_disk = "no such disk"
        "048-create_disk" = "the same"
        "director-v3/048-create_disk" = "the same"
        "history.jsonl/001-create_vm" = "the same"
    """
    profile = load(written(tmp_path, text))
    assert len(profile.refuses) == 4
    assert profile.limits.calls == {"has_vm": 0}


def contracts_of_the_pages() -> list[str]:
    """The profiles that stand in the pages, as they are written to a file there."""
    pages = [REPOSITORY / "docs/judge.md", REPOSITORY / "docs/provider.md"]
    blocks = re.compile(r"<!-- file: \S*contract\.toml -->\s*```toml\n(.*?)```", re.DOTALL)
    return [text for page in pages for text in blocks.findall(page.read_text("utf-8"))]


PROFILES = [
    *(REPOSITORY / "contracts/cpikit_contracts").glob("**/contract.toml*"),
    *REPOSITORY.glob("providers/*/contract.toml"),
    *REPOSITORY.glob("cpikit/templates/contract.toml*"),
]


@pytest.mark.parametrize(
    "text", [*contracts_of_the_pages(), *(path.read_text("utf-8") for path in PROFILES)]
)
def test_every_profile_of_the_repository_loads(tmp_path: Path, text: str) -> None:
    assert load(written(tmp_path, text)).command


def test_there_are_profiles_to_load() -> None:
    assert len(contracts_of_the_pages()) == 2
    assert len(PROFILES) == 5


def test_a_command_line_with_an_open_quote_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot be taken apart: No closing quotation"):
        load(written(tmp_path, "")).with_command("foo 'bar")


def test_words_are_filled_from_the_world() -> None:
    assert fill(("{a}/x", "${b}"), {"a": "1"}) == ("1/x", "${b}")


def test_init_writes_a_profile_that_loads(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    assert main(["init", str(path)]) == 0
    assert load(path).command == ("/path/to/bin/cpi",)
    assert main(["init", str(path)]) == 2


@pytest.mark.parametrize("values", ['["hunter22", 7]', '"it\'s hunter22"'])
def test_a_wrong_secret_is_not_repeated(tmp_path: Path, values: str) -> None:
    path = tmp_path / "contract.toml"
    path.write_text(f"[secrets]\nvalues = {values}\n")
    with pytest.raises(Unusable, match=r"\[secrets\] values") as refused:
        load(path)
    assert "hunter22" not in str(refused.value)

"""The Director's lists are read whole, by key, or not at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit import director_lists as dl
from cpikit.commands.lists import file_name, from_cli, from_folder
from cpikit.errors import CpiError
from tests.bosh_lists import table, written

CIDS = st.text("abc123-", min_size=1, max_size=8).filter(lambda text: text.strip("-") != "")


def read(lists, **changed):
    """The lists of `written`, some of them other bytes."""
    texts = {**lists, **{name.replace("_json", ".json"): data for name, data in changed.items()}}
    return dl.read(lambda command, name: texts[file_name(command, name)], lambda: 7.0)


def test_every_cid_of_every_list_is_read():
    found = read(
        written(
            {"cf": [("i-1", "d-1\nd-2"), ("-", "")], "empty": []},
            orphaned_disks=["d-3"],
            orphaned_vms=["i-2"],
            snapshots={"cf": ["s-1"]},
            stemcells=["m-1"],
        )
    )
    assert (found.vms, found.disks) == ({"i-1", "i-2"}, {"d-1", "d-2"})
    assert found.cids == {"i-1", "i-2", "d-1", "d-2", "d-3", "s-1", "m-1"}
    assert (found.deployments, found.age_s) == (("cf", "empty"), 7.0)


@settings(max_examples=30)
@given(st.dictionaries(st.text("xyz", min_size=1), st.lists(st.tuples(CIDS, st.lists(CIDS)))))
def test_what_is_written_is_read(deployments):
    rows = {name: [(vm, "\n".join(disks)) for vm, disks in of] for name, of in deployments.items()}
    found = read(written(rows))
    assert found.vms == {vm for of in deployments.values() for vm, _ in of}
    assert found.disks == {disk for of in deployments.values() for _, held in of for disk in held}


@pytest.mark.parametrize("key", [key for keys in dl._KEYS.values() for key in keys])
def test_a_needed_key_that_is_missing_is_refused_and_named(key):
    lists = written({"cf": [("i-1", "d-1")]}, ["d-3"], ["i-2"], {"cf": ["s-1"]}, ["m-1"])
    hit = 0
    for name, data in lists.items():
        body = json.loads(data)
        (table_,) = body["Tables"]
        if key not in table_["Header"]:
            continue
        hit += 1
        for row in (table_["Header"], *table_["Rows"]):
            del row[key]
        command = next(
            c
            for c in dl._KEYS
            if name.split("-cf")[0] == file_name(c, "")[:-5] or name == file_name(c, "")
        )
        if key in dl._KEYS[command]:
            with pytest.raises(CpiError, match=key):
                read({**lists, name: json.dumps(body).encode()})
    assert hit


def test_an_empty_list_of_another_command_is_refused():
    """`bosh instances` without --details has no CIDs: empty, it would make orphans of all VMs."""
    lists = written({"cf": []})
    bare = table(["instance", "process_state", "az", "ips", "deployment"], [])
    with pytest.raises(CpiError, match=r"instances --details.*vm_cid, disk_cids"):
        read({**lists, "instances-cf.json": bare})


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "array"),
        (b"{}", "no table"),
        (b'{"Tables": []}', "no table"),
        (b'{"Tables": null, "Lines": ["Expected to find a Director", "Exit code 1"]}', "Director"),
        (b'{"Tables": [1]}', "no object"),
        (b'{"Tables": [{"Rows": []}]}', "no Header"),
        (b'{"Tables": [{"Header": {}, "Rows": null}]}', "no Header"),
        (b'{"Tables": [{"Header": {"name": 1, "release_s": ""}, "Rows": []}]}', "name"),
        (b'{"Tables": [{"Header": {"name": "", "release_s": ""}, "Rows": [1]}]}', "has no name"),
    ],
)
def test_what_is_no_list_is_refused(data, told):
    with pytest.raises(CpiError, match=told):
        read({**written({}), "deployments.json": data})


def test_a_row_of_another_deployment_is_refused():
    lists = written({"cf": [("i-1", "")], "db": [("i-2", "")]})
    with pytest.raises(CpiError, match="row of deployment 'db'"):
        read({**lists, "instances-cf.json": lists["instances-db.json"]})


def folder(tmp_path, lists):
    for name, data in lists.items():
        (tmp_path / name).write_bytes(data)
    return str(tmp_path)


def test_a_folder_is_as_old_as_its_oldest_list(tmp_path):
    import os
    import time

    lists = folder(tmp_path, written({"cf": [("i-1", "")]}))
    long_ago = time.time() - 5000
    os.utime(tmp_path / "stemcells.json", (long_ago, long_ago))
    assert 5000 <= from_folder(lists).age_s < 6000


@pytest.mark.parametrize("name", ["instances-db.json", "snapshots-db.json", "stemcells.json"])
def test_a_deployment_that_is_missing_is_refused_with_the_command_that_helps(tmp_path, name):
    lists = folder(tmp_path, written({"cf": [("i-1", "")], "db": []}))
    (tmp_path / name).unlink()
    with pytest.raises(CpiError, match=rf"{name} cannot be read.*bosh.* --json > {name}"):
        from_folder(lists)


def cli(tmp_path, lists):
    """Words that start a bosh which answers from a folder, and fails where it has nothing."""
    import sys

    folder(tmp_path, lists)
    script = tmp_path / "bosh.py"
    script.write_text(
        "import sys\n"
        "words = sys.argv[1:]\n"
        "assert words[-2:] == ['--json', '--non-interactive'], words\n"
        "name = f'{words[2]}-{words[1]}' if words[0] == '-d' else words[0]\n"
        f"sys.stdout.write(open({str(tmp_path)!r} + '/' + name + '.json').read())\n"
    )
    return f"{sys.executable} '{script}'"


def test_the_cli_is_asked_for_each_list(tmp_path):
    words = cli(tmp_path, written({"cf": [("i-1", "d-1")]}, stemcells=["m-1"]))
    assert from_cli(words).cids == {"i-1", "d-1", "m-1"}


def test_a_cli_that_fails_or_is_not_there_is_told(tmp_path):
    words = cli(tmp_path, written({"cf": []}))
    (tmp_path / "snapshots-cf.json").unlink()
    with pytest.raises(CpiError, match=r"(?s)-d cf snapshots --json.*status 1: .*FileNotFound"):
        from_cli(words)
    with pytest.raises(CpiError, match=r"no-such-bosh deployments --json.*No such file"):
        from_cli("/no-such-bosh")

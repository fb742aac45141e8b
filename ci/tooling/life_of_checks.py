"""What `cpikit check --online` asks before a deploy, for a cloud config that is in order."""

from __future__ import annotations

import json

from ci.tooling.life import IMAGE, Broken, Life
from cpikit.commands.configured import bound
from cpikit.commands.judging import judged
from cpikit.commands.online import asked
from cpikit.cpi_json import CpiJson
from cpikit.plugins import load_provider
from cpikit.preflight import Wanted


def checks(life: Life) -> None:
    """Everything is looked for, nothing fails, and nothing is made."""
    place = {"vswitch_id": life.vswitches[0], "security_group_ids": ["policy"]}
    vm = {"instance_type": "ecs.g6.xlarge", "key_pair_name": "policy", "stemcell_id": IMAGE}
    config = {
        "azs": [{"name": "z1", "cloud_properties": {"availability_zone": life.zone}}],
        "vm_types": [{"name": "default", "cloud_properties": vm}],
        "networks": [{"name": "net", "type": "dynamic", "cloud_properties": place}],
    }
    file = life.folder / "cloud-config.yml"
    file.write_text(json.dumps(config), "utf-8")
    provider = load_provider("alicloud")
    found = CpiJson("cpi.json", provider.name, {provider.name: life.section()})
    typed = bound(found, provider, "{}")
    judgement = judged([str(file)], provider, typed)
    wanted: Wanted = judgement.wanted
    findings = [*judgement.findings, *asked(found, provider, typed, wanted, clock=life.clock)]
    failed = [str(one) for one in findings if one.weight == "failure"]
    if failed:
        raise Broken("; ".join(failed))
    life.leave()

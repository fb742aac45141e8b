"""Values for every property of a job, and the combinations of them that are rendered."""

from __future__ import annotations

import random

ODD = "a'b\"c\\d <%= 1 %> ${HOME} #{x} \u00e4\u65e5 $(id)"  # whatever may stand in a manifest
PEM = "-----BEGIN CERTIFICATE-----\nFAKE\n-----END CERTIFICATE-----\n"
SAMPLES = {
    "alicloud.region": "eu-central-1",
    "alicloud.credential_source": "static",
    "alicloud.encrypted": True,
    "alicloud.role_session_s": 900,
    "alicloud.upload_part_mib": 8,
    "alicloud.upload_parallel": 2,
    "alicloud.clb_load_balancers": ["lb-1"],
    "alicloud.clb_server_groups": ["rsp-1", "rsp-2"],
    "alicloud.waits": {"disk_spec_s": 60, "image_s": "7200"},
    "alicloud.unknown_properties": "fail",
    "alicloud.ca_cert": PEM,
    "alicloud.ca_file": "/etc/ssl/certs/ours.pem",
    "alicloud.metadata_endpoint": "http://127.0.0.1:1",
    "cpikit.debug": True,
    "cpikit.extensions": ["audit"],
    "cpikit.shutdown_s": 5,
    "registry.port": 1234,
    "ntp": ["10.0.0.1"],
    "blobstore.provider": "s3",
    "blobstore.credentials_source": "env_or_profile",
    "blobstore.use_ssl": False,
    "blobstore.s3_port": 9000,
    "blobstore.ssl_verify_peer": False,
    "blobstore.port": 1,
    "blobstore.tls.cert.ca": PEM,
    "nats.port": 1,
    "fake.state_dir": "/tmp/a cloud",
    "fake.unreachable": True,
    "fake.vm_command": ["run", "the agent"],
    "fake.create_deadline_s": 10,
    "fake.wait_s": 1.5,
    "fake.knobs": {"a": 1},
    "fake.unknown_properties": "fail",
}
CHOICES = {
    "alicloud.credential_source": ["static", "ecs_ram_role", "oidc", "", " static "],
    "blobstore.provider": ["dav", "s3", "local", "simple"],
    "blobstore.credentials_source": ["static", "env_or_profile"],
    "alicloud.unknown_properties": ["warn", "fail"],
    "fake.unknown_properties": ["warn", "fail"],
}
APART = ("alicloud.ca_cert", "alicloud.ca_file")  # one of them at most
RANDOM_CASES = 600


def sample(name):
    return SAMPLES.get(name, ODD)


def empty_of(value):
    """What a manifest says when it means nothing, in the type of the value."""
    if isinstance(value, list):
        return []
    return {} if isinstance(value, dict) else ""


def cases(names):
    """Each property alone, each one empty, each choice with all others set, and many mixtures."""
    names = [name for name in names if name not in APART] + [
        name for name in APART if name in names
    ]
    found = [{}]
    found += [{name: sample(name)} for name in names]
    found += [{name: empty_of(sample(name))} for name in names if name not in CHOICES]
    everything = {name: sample(name) for name in names if name != "alicloud.ca_file"}
    for name, values in CHOICES.items():
        if name in names:
            found += [{name: value} for value in values]
            found += [{**everything, name: value} for value in values]
    chance = random.Random(6)  # noqa: S311  # the same mixtures every time
    for _ in range(RANDOM_CASES):
        case = {name: sample(name) for name in names if chance.random() < 0.4}
        for name, values in CHOICES.items():
            if name in case:
                case[name] = chance.choice(values)
        if all(name in case for name in APART):
            del case[chance.choice(APART)]
        found.append(case)
    return found

# One VPC, a vSwitch in each of two zones, and a way out for VMs without a public address.
locals {
  cidr         = "172.16.0.0/16"
  first_cidr   = cidrsubnet(local.cidr, 8, 0)
  second_cidr  = cidrsubnet(local.cidr, 8, 1)
  dynamic_cidr = cidrsubnet(local.cidr, 8, 2)
  tags         = { "cpikit-env" = var.env_name }
}

data "alicloud_zones" "with_type" {
  available_instance_type     = var.instance_type
  available_disk_category     = "cloud_essd"
  available_resource_creation = "VSwitch"
}

resource "alicloud_vpc" "main" {
  vpc_name   = var.env_name
  cidr_block = local.cidr
  tags       = local.tags
}

resource "alicloud_vswitch" "first" {
  vswitch_name = "${var.env_name}-first"
  vpc_id       = alicloud_vpc.main.id
  cidr_block   = local.first_cidr
  zone_id      = data.alicloud_zones.with_type.zones[0].id
  tags         = local.tags
}

resource "alicloud_vswitch" "second" {
  vswitch_name = "${var.env_name}-second"
  vpc_id       = alicloud_vpc.main.id
  cidr_block   = local.second_cidr
  zone_id      = data.alicloud_zones.with_type.zones[1].id
  tags         = local.tags
}

resource "alicloud_vswitch" "dynamic" {
  vswitch_name = "${var.env_name}-dynamic"
  vpc_id       = alicloud_vpc.main.id
  cidr_block   = local.dynamic_cidr
  zone_id      = data.alicloud_zones.with_type.zones[0].id
  tags         = local.tags
}

resource "alicloud_nat_gateway" "main" {
  nat_gateway_name = var.env_name
  vpc_id           = alicloud_vpc.main.id
  vswitch_id       = alicloud_vswitch.first.id
  nat_type         = "Enhanced"
  payment_type     = "PayAsYouGo"
  tags             = local.tags
}

resource "alicloud_eip_address" "nat" {
  address_name         = "${var.env_name}-nat"
  bandwidth            = "50"
  internet_charge_type = "PayByTraffic"
  tags                 = local.tags
}

resource "alicloud_eip_association" "nat" {
  allocation_id = alicloud_eip_address.nat.id
  instance_id   = alicloud_nat_gateway.main.id
  instance_type = "Nat"
}

resource "alicloud_snat_entry" "out" {
  for_each = {
    first   = alicloud_vswitch.first.id
    second  = alicloud_vswitch.second.id
    dynamic = alicloud_vswitch.dynamic.id
  }

  snat_table_id     = alicloud_nat_gateway.main.snat_table_ids
  source_vswitch_id = each.value
  snat_ip           = alicloud_eip_address.nat.ip_address

  depends_on = [alicloud_eip_association.nat]
}

resource "alicloud_security_group" "vms" {
  security_group_name = var.env_name
  vpc_id              = alicloud_vpc.main.id
  tags                = local.tags
}

resource "alicloud_security_group_rule" "within" {
  type              = "ingress"
  ip_protocol       = "all"
  port_range        = "-1/-1"
  cidr_ip           = local.cidr
  security_group_id = alicloud_security_group.vms.id
}

resource "alicloud_security_group_rule" "from_workers" {
  for_each = toset(["22/22", "6868/6868", "8443/8443", "8844/8844", "25555/25555"])

  type              = "ingress"
  ip_protocol       = "tcp"
  port_range        = each.value
  cidr_ip           = var.worker_cidr
  security_group_id = alicloud_security_group.vms.id
}

resource "alicloud_eip_address" "director" {
  address_name         = "${var.env_name}-director"
  bandwidth            = "10"
  internet_charge_type = "PayByTraffic"
  tags                 = local.tags
}

resource "alicloud_eip_address" "deployment" {
  address_name         = "${var.env_name}-deployment"
  bandwidth            = "10"
  internet_charge_type = "PayByTraffic"
  tags                 = local.tags
}

resource "alicloud_ecs_key_pair" "vms" {
  key_pair_name = var.env_name
  public_key    = var.public_key
  tags          = local.tags
}

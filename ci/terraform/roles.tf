# Roles that instances of ECS take, each with what it needs and nothing else. No access key is made.
locals {
  by_instances = jsonencode({
    Version = "1"
    Statement = [{
      Action    = "sts:AssumeRole"
      Effect    = "Allow"
      Principal = { Service = ["ecs.aliyuncs.com"] }
    }]
  })
}

resource "alicloud_ram_role" "director" {
  role_name                   = "${var.env_name}-director"
  description                 = "The Director: what its CPI calls."
  assume_role_policy_document = local.by_instances
  force                       = true
}

resource "alicloud_ram_policy" "director" {
  policy_name = "${var.env_name}-director"
  force       = true
  policy_document = templatefile("${path.module}/policies/director.json.tftpl", {
    region           = var.region
    vm_role          = alicloud_ram_role.vms.role_name
    stemcells_bucket = alicloud_oss_bucket.stemcells.bucket
  })
}

resource "alicloud_ram_role_policy_attachment" "director" {
  role_name   = alicloud_ram_role.director.role_name
  policy_name = alicloud_ram_policy.director.policy_name
  policy_type = "Custom"
}

# VMs of deployments get a role that may do nothing: having one is what is tested.
resource "alicloud_ram_role" "vms" {
  role_name                   = "${var.env_name}-vms"
  description                 = "VMs of deployments: nothing."
  assume_role_policy_document = local.by_instances
  force                       = true
}

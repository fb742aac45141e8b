# A CLB with a vServer group and an NLB with a server group: VMs are put in both kinds.
resource "alicloud_slb_load_balancer" "main" {
  load_balancer_name   = var.env_name
  address_type         = "intranet"
  vswitch_id           = alicloud_vswitch.first.id
  instance_charge_type = "PayByCLCU"
  tags                 = local.tags
}

resource "alicloud_slb_server_group" "main" {
  load_balancer_id = alicloud_slb_load_balancer.main.id
  name             = var.env_name
}

resource "alicloud_slb_listener" "http" {
  load_balancer_id          = alicloud_slb_load_balancer.main.id
  server_group_id           = alicloud_slb_server_group.main.id
  protocol                  = "tcp"
  frontend_port             = 80
  bandwidth                 = -1
  health_check_type         = "tcp"
  health_check_connect_port = 8080
}

resource "alicloud_nlb_load_balancer" "main" {
  load_balancer_name = var.env_name
  load_balancer_type = "Network"
  address_type       = "Intranet"
  vpc_id             = alicloud_vpc.main.id
  tags               = local.tags

  zone_mappings {
    vswitch_id = alicloud_vswitch.first.id
    zone_id    = alicloud_vswitch.first.zone_id
  }

  zone_mappings {
    vswitch_id = alicloud_vswitch.second.id
    zone_id    = alicloud_vswitch.second.zone_id
  }
}

resource "alicloud_nlb_server_group" "main" {
  server_group_name = var.env_name
  server_group_type = "Instance"
  protocol          = "TCP"
  vpc_id            = alicloud_vpc.main.id
  tags              = local.tags

  health_check {
    health_check_enabled      = true
    health_check_type         = "TCP"
    health_check_connect_port = 8080
  }
}

resource "alicloud_nlb_listener" "http" {
  load_balancer_id  = alicloud_nlb_load_balancer.main.id
  server_group_id   = alicloud_nlb_server_group.main.id
  listener_protocol = "TCP"
  listener_port     = 80
}

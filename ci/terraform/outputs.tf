# The metadata that tasks read, flat: `terraform output -json` with each value taken out.
output "env_name" {
  description = "The name of the environment, and the tag of all that is in it."
  value       = var.env_name
}

output "region" {
  description = "The region."
  value       = var.region
}

output "zone" {
  description = "The first zone."
  value       = alicloud_vswitch.first.zone_id
}

output "second_zone" {
  description = "The second zone."
  value       = alicloud_vswitch.second.zone_id
}

output "instance_type" {
  description = "The type of VMs, in stock in both zones."
  value       = var.instance_type
}

output "vpc_id" {
  description = "The VPC, in which the contracts make vSwitches of their own."
  value       = alicloud_vpc.main.id
}

output "vswitch_id" {
  description = "The vSwitch in the first zone, for manual networks."
  value       = alicloud_vswitch.first.id
}

output "second_vswitch_id" {
  description = "The vSwitch in the second zone, for manual networks."
  value       = alicloud_vswitch.second.id
}

output "dynamic_vswitch_id" {
  description = "The vSwitch of dynamic networks: BOSH gives out no address of it."
  value       = alicloud_vswitch.dynamic.id
}

output "internal_cidr" {
  description = "The addresses of the first vSwitch."
  value       = local.first_cidr
}

output "internal_gw" {
  description = "Its gateway."
  value       = cidrhost(local.first_cidr, -3)
}

output "internal_ip" {
  description = "The Director's address in it."
  value       = cidrhost(local.first_cidr, 6)
}

output "reserved_range" {
  description = "Addresses of it that are the cloud's or the Director's."
  value       = "${cidrhost(local.first_cidr, 1)}-${cidrhost(local.first_cidr, 9)}"
}

output "static_range" {
  description = "Addresses of it for static IPs."
  value       = "${cidrhost(local.first_cidr, 10)}-${cidrhost(local.first_cidr, 30)}"
}

output "second_internal_cidr" {
  description = "The addresses of the second vSwitch."
  value       = local.second_cidr
}

output "second_internal_gw" {
  description = "Its gateway."
  value       = cidrhost(local.second_cidr, -3)
}

output "second_reserved_range" {
  description = "Addresses of it that are the cloud's."
  value       = "${cidrhost(local.second_cidr, 1)}-${cidrhost(local.second_cidr, 9)}"
}

output "second_static_range" {
  description = "Addresses of it for static IPs."
  value       = "${cidrhost(local.second_cidr, 10)}-${cidrhost(local.second_cidr, 30)}"
}

output "security_group_id" {
  description = "The security group of all VMs."
  value       = alicloud_security_group.vms.id
}

output "key_pair_name" {
  description = "The key pair of all VMs."
  value       = alicloud_ecs_key_pair.vms.key_pair_name
}

output "external_ip" {
  description = "The Director's public address."
  value       = alicloud_eip_address.director.ip_address
}

output "deployment_eip" {
  description = "A public address for VMs of deployments."
  value       = alicloud_eip_address.deployment.ip_address
}

output "slb_id" {
  description = "The CLB."
  value       = alicloud_slb_load_balancer.main.id
}

output "slb_address" {
  description = "The CLB's address."
  value       = alicloud_slb_load_balancer.main.address
}

output "nlb_address" {
  description = "The NLB's name in DNS."
  value       = alicloud_nlb_load_balancer.main.dns_name
}

output "slb_server_group_id" {
  description = "Its vServer group."
  value       = alicloud_slb_server_group.main.id
}

output "nlb_server_group_id" {
  description = "The NLB's server group."
  value       = alicloud_nlb_server_group.main.id
}

output "stemcells_bucket" {
  description = "The bucket that heavy stemcells are uploaded to."
  value       = alicloud_oss_bucket.stemcells.bucket
}

output "director_ram_role" {
  description = "The Director's role."
  value       = alicloud_ram_role.director.role_name
}

output "vm_ram_role" {
  description = "The role of VMs of deployments."
  value       = alicloud_ram_role.vms.role_name
}

variable "env_name" {
  description = "The name of the environment: a prefix of everything that is made."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,29}$", var.env_name))
    error_message = "env_name: wanted 3 to 30 small letters, digits and dashes, the first a letter."
  }
}

variable "region" {
  description = "The region that everything is in."
  type        = string
}

variable "public_key" {
  description = "The SSH key, in OpenSSH's format, that VMs are made with."
  type        = string
}

variable "instance_type" {
  description = "The type of VMs; the zones are those that have it in stock."
  type        = string
}

variable "worker_cidr" {
  description = "The addresses that may reach the Director, as a CIDR: the CI's workers."
  type        = string

  validation {
    condition     = can(cidrhost(var.worker_cidr, 0)) && var.worker_cidr != "0.0.0.0/0"
    error_message = "worker_cidr: wanted a CIDR that is not the whole internet."
  }
}

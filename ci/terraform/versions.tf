# What Terraform needs, and where it keeps its state: a bucket that outlives the environment.
terraform {
  required_version = ">= 1.5"

  required_providers {
    random = {
      source  = "hashicorp/random"
      version = "~> 3.6"
    }

    alicloud = {
      source  = "aliyun/alicloud"
      version = "~> 1.238"
    }
  }

  # The bucket, the key and the region come with `terraform init -backend-config=…`.
  backend "oss" {}
}

# Credentials come from the worker's RAM role (ALIBABA_CLOUD_ECS_METADATA) or the environment; none
# is written here.
provider "alicloud" {
  region = var.region
}

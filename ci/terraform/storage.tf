# The bucket that heavy stemcells go through; nobody outside of the account reads it, and destroying
# the environment takes what is left in it along.
resource "random_id" "bucket" {
  byte_length = 4
}

resource "alicloud_oss_bucket" "stemcells" {
  bucket        = "${var.env_name}-stemcells-${random_id.bucket.hex}"
  force_destroy = true
  tags          = local.tags
}

"""`cpikit-alicloud`: light stemcells, made, verified and deleted; nothing of it serves a call."""

"""Alibaba Cloud for cpikit."""

"""Alibaba Cloud's APIs on loopback: a simulated cloud for any client, in this process or another.

`from cpikit_alicloud_simulator.simulator import Simulator` is where to begin. Nothing is imported
here, because pytest loads this package's plugin for everybody.
"""

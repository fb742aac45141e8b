"""The reference provider of cpikit: a small cloud in a directory, and a CPI on that cloud.

Read provider.py, hooks.py, cpi.py and vms.py to learn how a provider is written. The folder
`cloud/` is the cloud itself, on the other side of the wire: another provider has none.
"""

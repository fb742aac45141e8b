"""cpikit-contracts judges any BOSH CPI, in any language, through its executable.

The names that other programs use live in `cpikit_contracts.rules` (what is asked of a CPI),
`cpikit_contracts.run` (asking it) and `cpikit_contracts.plugin` (asking it inside pytest). This
file stays empty of imports: the liar below it runs on a bare interpreter.
"""

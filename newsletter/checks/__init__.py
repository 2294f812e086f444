"""What an editor is told about a month before anyone else sees it. One module a family of checks.

`codes` is the register of all that can be said; `papers` are the month's files as checks read
them; `proofs` the letters made of them; `run` asks every family in turn; `silence` takes away what
an editor has answered.
"""

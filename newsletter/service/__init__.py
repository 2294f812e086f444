"""The service: an operator starts it once and forgets it.

To read it as a story: `run` is the process, from its start to its stop; `clockwork` wakes it, and
`rota` lists what for. `decide` says from the tables what is due, `jobs` does it. `notices` and
`alerts` say what people must know, `telling` brings it to them. `health`, `metrics`, `vitals`,
`watched` and `logs` tell how it is; `server`, `systemd` and `backups` are what their names say.
"""

"""The service: an operator starts it once and forgets it.

To read it as a story: `run` is the process, from its start to its stop; `clockwork` wakes it, and
`rota` lists what for. Each job gets a `duty`. `decide` says from the tables what is due, `jobs`
does it, `mailbox` reads what comes back, `backups` copies the database; `patience` says when what
failed is tried again. `place` sees to it that there is one service, whichever machine it runs on.
`alerts` looks for what is wrong, `notices` and `alarms` put it into words, `telling` brings it to
people. `health`, `metrics`, `vitals`, `watched` and `logs` tell how it is; `server` serves the
pages, and `systemd` speaks to the system.
"""

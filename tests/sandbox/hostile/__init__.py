"""What somebody tries who has taken over a walled-in process: `python -m hostile FACTS`.

Runs on Python 3.10 and newer, with nothing but the standard library and `sandbox/`. FACTS is JSON:
of a neighbour `pid`, `file`, `sockets`, `database` (a socket), `abstract`, `port`, `log`, `queue`
(of messages); `called`, a socket that may be called; `code` and `own`, folders that may be read,
and written.
"""

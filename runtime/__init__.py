"""How every Gatehouse process starts: inherited descriptors, sockets, logs, listeners.

No room's rules live here. All five processes import it, so it stays small, and
``descriptors``, ``sockets`` and ``logs`` also run on the Python 3.10 of the dialogue engine.
"""

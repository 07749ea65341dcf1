"""The big set of demo data: as many people, and as much of theirs, as a real organisation has.

Made by a seeded generator: the same seed on the same day makes the same rows, but for the names
under which each home knows its people. The demo's own people keep what is theirs, untouched.
"""

"""The command line `gatehouse`: prepares a home, starts the five processes, watches them.

`child` runs inside every one of them and so keeps to Python 3.10 and the standard library.
"""

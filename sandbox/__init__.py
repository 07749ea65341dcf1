"""Walls around each process, enforced by the kernel; standard library alone, Python 3.10 up."""

import random
import secrets


def bad():
    # ruleid: no-random-module
    return random.choice("abc")


def worse():
    from random import randbytes

    # ruleid: no-random-module
    return randbytes(32)


def good():
    # ok: no-random-module
    return secrets.token_urlsafe(32)

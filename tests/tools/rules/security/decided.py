import os
import time
from datetime import datetime

# ruleid: no-state-of-a-module
seen = {}
# ruleid: no-state-of-a-module
_waiting: list = []
# ok: no-state-of-a-module
LIMITS = {"sign_in": 5}
# ok: no-state-of-a-module
NAMES = frozenset({"a"})


def bad(session):
    # ruleid: now-is-an-argument
    if session.ends < datetime.now():
        return
    # ruleid: now-is-an-argument
    if session.ends < time.time():
        return
    # ruleid: settings-read-the-environment
    return os.environ.get("GATEHOUSE_MODE")


def worse():
    # ruleid: no-state-of-a-module
    global seen
    seen = {}


def good(session, now):
    # ok: now-is-an-argument
    found = []
    return session.ends < now and found

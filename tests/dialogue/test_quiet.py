"""No word of a person reaches a log, whichever of Rasa's libraries writes it (ASVS 16.2.5)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .service import PYTHON, ROOT, environ

PLANTED = "purple armadillo 135790"
CHATTER = f"""
import logging, sys
from dialogue.quiet import configure_quiet_logs, keep_level
configure_quiet_logs()
# As Sanic and others do: a handler of its own that writes to where it always has.
chatty = logging.getLogger("sanic.error")
chatty.addHandler(logging.StreamHandler(sys.__stderr__))
chatty.propagate = False
from rasa.utils.log_utils import configure_structlog
import rasa.core.processor, rasa.shared.utils.cli, rasa.shared.utils.io, structlog, warnings
keep_level(logging.DEBUG)
structlog.get_logger("rasa.core.processor").error("said {PLANTED}", text="{PLANTED}")
logging.getLogger("rasa.core.processor").debug("said %s", "{PLANTED}")
logging.getLogger("rasa.core.processor").error("said %s", "{PLANTED}")
chatty.error("said {PLANTED}")
warnings.warn("said {PLANTED}", UserWarning)
rasa.shared.utils.io.raise_warning("said {PLANTED}")
rasa.shared.utils.cli.print_error("said {PLANTED}")
try:
    raise ValueError("{PLANTED}")
except ValueError:
    logging.getLogger("rasa.core.agent").exception("failed with {PLANTED}")
    structlog.get_logger("dialogue.channel").exception("turn_failed", text="{PLANTED}")
raise KeyError("{PLANTED}")
"""


@pytest.mark.slow
def test_rasa_and_its_libraries_say_where_and_not_what(short_folder: Path) -> None:
    """ASVS 16.2.5: at debug level; by logging, structlog, warnings, print and a traceback."""
    done = subprocess.run(
        [PYTHON, "-c", CHATTER],
        cwd=ROOT,
        env=environ(short_folder, short_folder, GATEHOUSE_LOG_LEVEL="debug"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "armadillo" not in done.stdout + done.stderr
    assert "135790" not in done.stdout + done.stderr
    for told in ('"library_message"', '"turn_failed"', '"uncaught"'):
        assert told in done.stderr
    assert '"exception": ["ValueError"]' in done.stderr

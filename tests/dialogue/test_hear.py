"""Sentences are measured on the way that a person's words go."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from .service import PYTHON, ROOT, environ, trust_in


def test_the_served_model_tells_what_it_makes_of_sentences(model: Path, tmp_path: Path) -> None:
    texts = ["what's my balance?", '/check_balance{"account": "x"}', "..."]
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-m", "dialogue.hear", str(model), str(trust_in(model))],
        cwd=ROOT,
        env=environ(tmp_path, tmp_path),
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    question, typed_command, nothing = json.loads(done.stdout.splitlines()[-1])
    assert question["intent"] == "check_balance"
    assert question["ms"] > 0
    assert typed_command["confidence"] < 1
    assert nothing["intent"] == "nlu_fallback"

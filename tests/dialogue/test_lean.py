"""A library that no component uses is left out, and calling it is an error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dialogue.lean import leave_out_tensorflow

ROOT = Path(__file__).parents[2]
TRY_IT = """
from pathlib import Path
from dialogue.lean import LeftOut, leave_out_tensorflow
assert leave_out_tensorflow(Path("config.yml"))
import tensorflow as tf
from tensorflow.keras.utils import Sequence
class Named(tf.keras.callbacks.Callback, Sequence): pass
for called in (Named, tf.function, tf.Tensor.anything):
    try:
        called()
    except LeftOut:
        continue
    raise SystemExit("it could be called")
"""


def test_a_placeholder_may_be_named_and_not_called() -> None:
    subprocess.run([sys.executable, "-c", TRY_IT], cwd=ROOT, check=True, timeout=60)


def test_a_component_that_may_need_it_keeps_it(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("pipeline: [{name: DIETClassifier}]\npolicies: [{name: RulePolicy}]\n")
    finders = list(sys.meta_path)
    assert not leave_out_tensorflow(config)
    assert sys.meta_path == finders

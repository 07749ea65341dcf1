"""`make nlu-report`: how well the assistant understands, over three seeds, as a page.

Needs no running system. It trains one model a seed, in a folder of its own, and measures each on
the held-out sentences of the project and on every file that is named on the command line. What
learns has no dice of its own, so each seed leaves out another tenth of the training sentences.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import shutil
import tempfile
from pathlib import Path

import yaml

from cli.commands import run_to_end
from cli.home import prepare_home
from cli.launching import Lifeline, command
from cli.logs import log_path
from cli.model import install, model_file
from cli.programs import rasa_environ
from cli.progress import Progress, terminal_or_plain
from cli.settings import ROOT, Settings, load_settings
from cli.understanding import Heard, Row, hear, measures, rows_of
from runtime.signed_model import TRUSTED
from tools.nlu_page import Sample, page

SEEDS = (1, 2, 3)
HELD_OUT = ROOT / "tests" / "nlu" / "held_out.yml"
_EXAMPLE = re.compile(r"^      - .*\n", re.MULTILINE)
_LEFT_OUT = 0.1


def held_out() -> list[Row]:
    """Return the project's own rows."""
    found = yaml.safe_load(HELD_OUT.read_text("utf-8"))
    return [Row(text, intent) for intent, texts in found.items() for text in texts]


def thinned(training: str, seed: int) -> str:
    """Return a file of training sentences without the tenth that falls to this seed."""
    dice = random.Random(seed)  # noqa: S311 - nobody gains by guessing it.
    return _EXAMPLE.sub(lambda line: "" if dice.random() < _LEFT_OUT else line.group(), training)


async def _train(settings: Settings, seed: int, folder: Path, lifeline: Lifeline) -> Path:
    data = folder / f"data-{seed}"
    shutil.copytree(ROOT / "data", data)
    for path in (data / "nlu").glob("*.yml"):
        path.write_text(thinned(path.read_text("utf-8"), seed), "utf-8")
    given = ("--domain", "domain.yml", "--config", "config.yml", "--data", str(data))
    out = ("--out", str(folder), "--fixed-model-name", f"seed-{seed}", "--skip-validation")
    words = command(settings.rasa_executable, "rasa", "train", *given, *out)
    log = log_path(settings.home_folder, "nlu-report")
    await run_to_end("rasa train", words, rasa_environ(settings), log, lifeline)
    model = folder / f"seed-{seed}.tar.gz"
    (folder / "models").mkdir(exist_ok=True)
    # As of a home of its own: what is measured is no model of this one's.
    await asyncio.to_thread(install, model, folder, f"of seed {seed}", {})
    return model_file(folder, f"seed-{seed}")


async def _measured(
    settings: Settings, sets: dict[str, list[Row]], progress: Progress
) -> list[Sample]:
    samples = {name: Sample(name) for name in sets}
    with tempfile.TemporaryDirectory(prefix="nlu-report") as name, Lifeline() as lifeline:
        for seed in SEEDS:
            async with progress.step(f"seed {seed}", "training", "trained"):
                model = await _train(settings, seed, Path(name), lifeline)
            for called, rows in sets.items():
                heard = await hear(settings, model, Path(name) / TRUSTED, rows, lifeline)
                samples[called].runs.append(heard)
                progress.line(f"  seed {seed}, {called}: {_line(heard)}")
    return list(samples.values())


def _line(heard: list[Heard]) -> str:
    return ", ".join(f"{name} {value}" for name, value in measures(heard).as_json().items())


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="JSON lists of {text, intent}")
    asked = parser.parse_args()
    settings = load_settings()
    prepare_home(settings.home_folder, settings.mode)
    sets = {"held-out": held_out(), **{path.stem: rows_of(path) for path in asked.files}}
    samples = asyncio.run(_measured(settings, sets, terminal_or_plain()))
    written = settings.home_folder / "logs" / "nlu-report.html"
    written.write_text(page(samples), "utf-8")
    print(f"written to {written}")


if __name__ == "__main__":
    main()

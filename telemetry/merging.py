"""Numbers of several processes as one page; what a process says is not believed blindly.

One that has been taken over may say what it likes of itself: its samples bear its name, whatever
they say; families, their words, labels and values are held to a shape and a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

MOST_FAMILIES, MOST_SAMPLES = 100, 20_000
"""Of one process; one that tells more tells nothing. Security tells some forty samples for each
operation that there is."""
FIRST = "security"
"""In which form a number is told, this process says before all others."""
PROCESS = "process"
_FAMILY = re.compile(r"(?:gatehouse|process)_[a-z_]{1,60}")
_LABELS = frozenset(
    {"call", "status", "le", "tag", "operation", "decision", "reason", "rule", "outlet"}
)
_HELP = re.compile(r"[A-Za-z0-9 ,.:;()'/-]{0,120}")
_VALUE = re.compile(r"[A-Za-z0-9_./{}:+ -]{0,100}")
_TYPES = frozenset({"counter", "gauge", "histogram"})
_DIGITS = re.compile(r"[0-9]{6}")


def merged(told: Mapping[str, bytes | None]) -> bytes:
    """Return the page of all processes; `gatehouse_up` says which of them could be read."""
    up = GaugeMetricFamily("gatehouse_up", "1 where a process tells its numbers", labels=[PROCESS])
    families: dict[str, Metric] = {}
    for process, text in sorted(told.items(), key=lambda one: (one[0] != FIRST, one[0])):
        found = None if text is None else _read(text)
        if found is not None and not all(_agrees(families, family) for family in found):
            found = None
        up.add_metric([process], int(found is not None))
        for family in found or ():
            _add(families, family, process)
    registry = CollectorRegistry()
    registry.register(_Page([up, *families.values()]))
    return generate_latest(registry)


class _Page(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        """Return what there is."""
        return self._families


def _read(text: bytes) -> list[Metric] | None:
    """Return the families of a process, or None where it is not to be believed."""
    try:
        found = list(text_string_to_metric_families(text.decode("ascii")))
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    if len(found) > MOST_FAMILIES or sum(len(family.samples) for family in found) > MOST_SAMPLES:
        return None
    return found if all(_holds(family) for family in found) else None


def _holds(family: Metric) -> bool:
    if _FAMILY.fullmatch(family.name) is None or family.type not in _TYPES:
        return False
    if family.name == "gatehouse_up":
        return False
    if _HELP.fullmatch(family.documentation) is None or _DIGITS.search(family.documentation):
        return False
    return all(
        sample.name.startswith(family.name)
        and sample.labels.keys() <= _LABELS
        and all(_fits(name, value) for name, value in sample.labels.items())
        for sample in family.samples
    )


def _agrees(families: Mapping[str, Metric], family: Metric) -> bool:
    """Tell whether a family has the form in which it was told before: one name has one form."""
    return family.name not in families or families[family.name].type == family.type


def _fits(name: str, value: str) -> bool:
    """Tell whether a value has the shape of ours; six digits in a row might be somebody's code."""
    return _VALUE.fullmatch(value) is not None and (name == "le" or not _DIGITS.search(value))


def _add(families: dict[str, Metric], family: Metric, process: str) -> None:
    whole = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
    if whole.type != family.type:
        return
    for sample in family.samples:
        labels = {**sample.labels, PROCESS: process}
        whole.add_sample(sample.name, labels, sample.value)

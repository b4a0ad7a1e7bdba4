"""The Grafana dashboard asks for what a host exposes, by its names and labels."""

import json
import re
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from rpkpy.host import metrics
from rpkpy.host.counters import Counters
from rpkpy.host.figures import Figures, PartitionFigures, TransformFigures

FILE = Path(__file__).resolve().parents[2] / "docs" / "grafana" / "rpkpy-host.json"
OF_PROMETHEUS = {"le", "job", "instance"}


def exposed() -> dict[str, set[str]]:
    """Each sample's name as it is in the text, and its labels."""
    item = TransformFigures("t", "i", ("o",), False, (PartitionFigures(0, 0, "running", 0),), Counters(), 0, 0, 0)
    text = metrics.exposition(Figures((item,), 0, True, 0))
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            bare = sample.name.removesuffix("_total")
            name = sample.name if re.search(rf"^{sample.name}[ {{]", text, re.MULTILINE) else bare
            found.setdefault(name, set()).update(sample.labels)
    return found


def queries() -> list[str]:
    dashboard: Any = json.loads(FILE.read_text(encoding="utf-8"))
    variables = [each["query"] for each in dashboard["templating"]["list"] if each["type"] == "query"]
    return variables + [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def test_every_metric_and_label_that_it_asks_for_is_exposed() -> None:
    names = exposed()
    asked: set[str] = set()
    for query in queries():
        mentioned = re.findall(r"\b(?:redpanda|rpkpy|process)_\w+", query)
        assert mentioned, query
        labels = {label for group in re.findall(r"by \(([^)]*)\)", query) for label in re.split(r",\s*", group)}
        labels |= set(re.findall(r"(\w+)=~?\"", query)) | set(re.findall(r"label_values\(\w+, (\w+)\)", query))
        for name in mentioned:
            assert name in names, query
            assert labels <= names[name] | OF_PROMETHEUS, query
        asked |= set(mentioned)
    # What is exposed and on no panel, on purpose.
    unasked = {name.split("_bucket")[0] for name in names} - {name.split("_bucket")[0] for name in asked}
    assert unasked == {
        "redpanda_transform_lag",  # the same for each output; by partition it can be summed over hosts
        "redpanda_transform_execution_latency_sec_sum",
        "redpanda_transform_execution_latency_sec_count",
        "rpkpy_transform_fuel_per_record",  # of the whole life of a host; the panel has that of now
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "process_open_fds",
        "process_threads",
    }


def test_it_is_a_dashboard_that_fits_grafanas_grid() -> None:
    dashboard: Any = json.loads(FILE.read_text(encoding="utf-8"))
    assert {"title", "uid", "schemaVersion", "panels", "templating"} <= set(dashboard)
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert at["x"] + at["w"] <= 24, panel["title"]
        assert not cells & taken, panel["title"]
        taken |= cells
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])

"""schemathesis against a host: every endpoint of its description, called with what fits it and what does not."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# Left out: what a broker answers to other methods (404), and that whatever fits the description is taken: a deploy also
# has to name topics that are there.
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance"),
    *("response_schema_conformance", "negative_data_rejection", "use_after_free"),
)


@dataclass(frozen=True, slots=True)
class Explored:
    """`ok` when every answer was as described; `report` is what schemathesis says; `answers` counts them by
    `METHOD path` and status."""

    ok: bool
    report: str
    answers: Counter[tuple[str, int]]


def explore(url: str, topics: tuple[str, ...], folder: Path, *, examples: int, seed: int) -> Explored:
    """Call the host at `url`; `topics` are there, `folder` is for the record of calls, `examples` are for each endpoint
    and phase."""
    events = folder / "events.har"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "SCHEMATHESIS_HOOKS": "tests.host.description.hooks",
        "TOPICS": " ".join(topics),
    }
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--url", url]
    command += ["--checks", ",".join(CHECKS), "--seed", str(seed), "--max-examples", str(examples), "--no-color"]
    command += ["--generation-database", "none", "--request-timeout", "30", "--continue-on-failure", "--no-shrink"]
    command += ["--phases", "examples,coverage,fuzzing", "--report", "har", "--report-har-path", str(events)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    report = done.stdout + done.stderr
    return Explored(done.returncode == 0, report, _answers(events) if events.exists() else Counter())


def _answers(events: Path) -> Counter[tuple[str, int]]:
    found: Counter[tuple[str, int]] = Counter()
    for entry in json.loads(events.read_text())["log"]["entries"]:
        path = re.sub(r"^https?://[^/]+", "", entry["request"]["url"]).partition("?")[0]
        if path.startswith("/v1/transform/") and "/debug/" not in path and path != "/v1/transform/deploy":
            path = "/v1/transform/{name}" + "/meta" * path.endswith("/meta")
        found[f"{entry['request']['method']} {path}", entry["response"]["status"]] += 1
    return found

"""Row 12: transform.yaml and rpk.yaml that are damaged, hostile or merely odd."""

import re
from collections import Counter
from pathlib import Path
from random import Random

from bench.soak.figures import Budget, Clock, Figures
from rpkpy.config import rpk_yaml, yaml_file
from rpkpy.errors import ConfigError, ProjectError
from rpkpy.project import manifest
from tests.config.test_load import BOMBS as RPK_BOMBS
from tests.project.test_manifest import BOMBS, FULL

_MOST_S = 1.0
_PROFILE = """\
version: 6
current_profile: a
profiles:
    - name: a
      kafka_api:
          brokers: [127.0.0.1:9092]
          tls: {enabled: true}
          sasl: {user: u, password: hush, mechanism: SCRAM-SHA-256}
      admin_api:
          addresses: [127.0.0.1:9644]
globals: {dial_timeout: 3s}
"""
_PIECES = (
    *("\t", "\ufeff", "&a ", "*a", "<<: *a\n", "- ", ": ", "? ", "[", "{", "]", "}", "'", '"', "|", ">", "#", "%", "@"),
    *("!!python/object/apply:os.system [x]", "---\n", "...\n", "\x85", "\u2028", "\x01", "\ud7ff", "name: b\n"),
    *("input_topic: z\n", "  ", "\n"),
    *("0x10", "1e999", "~", "null", "2024-01-02", "!!binary x", "x" * 5000, "[" * 200, "unknown_key: 1\n"),
)  # fmt: skip
# The file, line and column; what is wrong with the whole of it, or with a profile that it names, has none.
_PLACE = re.compile(r"(transform|rpk)\.yaml:\d+:\d+: ")
_WITHOUT_PLACE = re.compile(
    r"name|holds no mapping|is empty|larger than|not UTF-8|is not YAML|profile|duration|host:port"
)


def _changed(text: str, random: Random) -> str:
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(text) + 1)
        if random.random() < 0.2:
            text = text[:at] + text[at + random.randint(1, 20) :]
        else:
            text = text[:at] + random.choice(_PIECES) + text[at:]
    return text


def _manifest(text: str) -> None:
    manifest.parse(text)


def _profile(text: str) -> None:
    document = yaml_file.parse(Path("rpk.yaml"), text.encode("utf-8", "surrogatepass"))
    rpk_yaml.prepare(document)
    rpk_yaml.profiles(document)
    rpk_yaml.masked(document.data)
    yaml_file.dump(document.data)


def run(budget: Budget) -> Figures:
    """Each case is a changed file, of one kind and the other in turn; then the bombs."""
    random = Random(budget.seed)  # noqa: S311
    clock, bombs = Clock(), Clock()
    counts: Counter[str] = Counter()
    odd: list[str] = []
    for index in budget.rounds():
        read, text = (_profile, _PROFILE) if index % 2 else (_manifest, FULL)
        changed = _changed(text, random)
        with clock:
            try:
                read(changed)
                counts["read"] += 1
            except (ProjectError, ConfigError) as error:
                placed = _PLACE.match(error.message) is not None
                counts["named with line and column" if placed else "without a place"] += 1
                if not placed and not _WITHOUT_PLACE.search(error.message):
                    odd.append(error.message)
                if "hush" in f"{error.message}{error.cause}":
                    odd.append("a password is quoted")
    for read, bomb in (*((_manifest, text) for text in BOMBS.values()), *((_profile, t) for t in RPK_BOMBS.values())):
        with bombs:
            try:
                read(bomb)
            except (ProjectError, ConfigError):
                counts["bombs refused"] += 1
    cases = counts.total()
    shown = ", ".join(f"{count:,} {what}" for what, count in counts.most_common())
    return Figures(
        cases,
        not odd and clock.cpu_s < _MOST_S and bombs.cpu_s < _MOST_S,
        f"{cases:,} files: {shown}; the slowest took {clock.cpu_s * 1000:.0f} ms, the slowest bomb "
        f"{bombs.cpu_s * 1000:.0f} ms; {len(odd)} unexplained" + (f": {odd[0]}" if odd else ""),
        {"slowest_s": round(clock.cpu_s, 3), "slowest_bomb_s": round(bombs.cpu_s, 3), "odd": len(odd)},
    )

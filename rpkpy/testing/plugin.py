"""The pytest plugin: the fixture `transform`, and the marker `transform` that says how it is made.

pytest imports this module in every run where rpkpy is installed, so nothing heavy may be imported here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rpkpy.testing.driver import TransformDriver

if TYPE_CHECKING:
    from rpkpy.project.fixtures.running import Bench

_MARKER = """\
transform(project=None, file=None, limits=None, environment={}, input_topic="", output_topics=(), schemas=()): \
which transform the fixture `transform` drives, and how it is told of the world (rpkpy)"""
_MODULE = ("project", "file", "limits")
_OPTIONS = ("environment", "input_topic", "output_topics", "schemas")
_BENCHES = pytest.StashKey[dict[Any, "Bench"]]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def transform(request: pytest.FixtureRequest) -> Iterator[TransformDriver]:
    """The project's built transform: `pipe_input` gives it a record, `read_output` takes one that came out.

    The project is the one in whose folder, or below it, the test is. `@pytest.mark.transform(...)` names another one
    (`project`), another module (`file`), both seen from the test's folder, `limits` (broker, none, a file), and gives
    `environment`, `input_topic`, `output_topics` and `schemas`.
    """
    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("transform"))):  # the nearest last: it goes over the others
        options |= marker.kwargs
    if unknown := options.keys() - {*_MODULE, *_OPTIONS}:
        pytest.fail(f"The marker `transform` has no {sorted(unknown)[0]!r}.", pytrace=False)
    bench = _bench(request, options)
    with TransformDriver(bench, **{name: value for name, value in options.items() if name in _OPTIONS}) as driver:
        yield driver


def _bench(request: pytest.FixtureRequest, options: dict[str, Any]) -> "Bench":
    """The compiled module; compiled once a session, and again when its file has changed."""
    from rpkpy.errors import RpkpyError
    from rpkpy.project.project import load
    from rpkpy.testing.driver import bench_of

    here = request.path.parent
    file = here / options["file"] if options.get("file") else None
    folder = here / options["project"] if options.get("project") else _project(here) or here
    try:
        path = file or load(folder).wasm_path
        state = path.stat() if path.is_file() else None
        manifest = folder / "transform.yaml"
        said = manifest.read_bytes() if manifest.is_file() else b""
        key = (path, state and (state.st_mtime_ns, state.st_size), folder, said, options.get("limits"))
        benches = request.config.stash.setdefault(_BENCHES, {})
        if key not in benches:
            benches[key] = bench_of(folder, file=file, limits=options.get("limits"))
        return benches[key]
    except RpkpyError as error:
        text = "\n".join(filter(None, (error.message, error.cause, error.fix)))
    pytest.fail(
        f"The fixture `transform` cannot be made: {text}", pytrace=False
    )  # out of the except: no chain is shown


def _project(here: Path) -> Path | None:
    return next((folder for folder in (here, *here.parents) if (folder / "transform.yaml").is_file()), None)

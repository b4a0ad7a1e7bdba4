"""Ruby on mruby, which rpkpy brings: no compiler and no other Ruby is needed."""

from collections.abc import Mapping
from pathlib import Path

from rpkpy.toolchains import interpreters
from rpkpy.toolchains.base import BuildInfo, BuildRequest, Tool
from rpkpy.toolchains.files import project_files

RUNTIME = "ruby"
_ENTRIES = ("transform.rb", "main.rb")
# Not parts of a program, whatever they hold.
_LEFT_OUT = ("samples", "tests", "test", "spec", "sig", "vendor", "coverage")


class Ruby:
    """Ruby, as mruby understands it."""

    keys: tuple[str, ...] = ("ruby", "rb", "mruby")
    title = "Ruby (mruby)"

    def detect(self, environ: Mapping[str, str], cache: Path) -> tuple[Tool, ...]:
        """The interpreter; ToolchainError when it is not there and cannot be built."""
        return (interpreters.tool(RUNTIME, environ, cache),)

    def sources(self, root: Path) -> tuple[Path, ...]:
        """The project's `.rb` files."""
        return tuple(path for path in project_files(root, _LEFT_OUT) if path.suffix == ".rb")

    def build(self, request: BuildRequest) -> BuildInfo:
        """Put transform.rb (or main.rb, or the only file there is) and what it requires into the runtime."""
        from rpkpy.runtimes import ruby
        from rpkpy.runtimes.workbench import Workbench

        dry_run = interpreters.dry_run_asked(request, "Ruby")
        entry = interpreters.entry(request.root, _ENTRIES, self.sources(request.root), self.keys[0])
        recipe, runtime = interpreters.runtime(RUNTIME, request)
        read = interpreters.reader(request.root)
        module, sizes = ruby.embed(runtime, entry, read, Workbench(interpreters.compiled(request)))
        request.say(f"byte code: {', '.join(f'{path} {size:,}' for path, size in sizes.items())}")
        if dry_run:
            interpreters.run_once(module, request)
        request.out.write_bytes(module)
        return BuildInfo({recipe.title: recipe.version}, "rpkpy built in", "wasm32-wasi")


TOOLCHAINS = (Ruby(),)

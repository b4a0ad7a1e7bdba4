"""Every command by name: where it lives and its one-line summary.

Read before anything heavy is imported, so this module imports nothing itself. `rpkpy --help` and each group's help
are printed from it alone; a command's module is imported only when that command runs or shows its own help.
"""


class Command:
    """A command: `module` defines `command(ctx: typer.Context, ...)` and may define `EXAMPLES`."""

    __slots__ = ("aliases", "hidden", "module", "summary")

    def __init__(self, module: str, summary: str, *, aliases: tuple[str, ...] = (), hidden: bool = False) -> None:
        self.module = module
        self.summary = summary
        self.aliases = aliases
        self.hidden = hidden


class Group:
    """A named set of commands and groups."""

    __slots__ = ("aliases", "hidden", "members", "summary")

    def __init__(
        self,
        summary: str,
        members: "dict[str, Command | Group]",
        *,
        aliases: tuple[str, ...] = (),
        hidden: bool = False,
    ) -> None:
        self.summary = summary
        self.members = members
        self.aliases = aliases
        self.hidden = hidden

    def find(self, name: str) -> "tuple[str, Command | Group] | None":
        """The member called `name` (or with that alias) and its canonical name."""
        member = self.members.get(name)
        if member is not None:
            return name, member
        for canonical, candidate in self.members.items():
            if name in candidate.aliases:
                return canonical, candidate
        return None


_T = "rpkpy.cli.transform."
_L = "rpkpy.cli.local."
_P = "rpkpy.cli.profile."

ROOT = Group(
    "WebAssembly data transforms for Redpanda and Kafka, from an empty folder to production.",
    {
        "transform": Group(
            "Create, build, check, run and deploy transforms",
            {
                "init": Command(_T + "init", "Create a project from a language template and a pattern"),
                "patterns": Command(_T + "patterns", "List the patterns that a project can start from"),
                "build": Command(_T + "build", "Compile the project to NAME.wasm"),
                "validate": Command(_T + "validate", "Judge a module as the broker would, before deploying it"),
                "run": Command(_T + "run", "Pass records through a module on this machine"),
                "test": Command(_T + "test", "Run the project's fixtures: records in, expected records out"),
                "deploy": Command(_T + "deploy", "Deploy the built module to the cluster"),
                "list": Command(_T + "list", "List deployed transforms", aliases=("ls",)),
                "logs": Command(_T + "logs", "Show what a transform printed", aliases=("log",)),
                "pause": Command(_T + "pause", "Pause a transform, keeping its place"),
                "resume": Command(_T + "resume", "Resume a paused transform"),
                "delete": Command(_T + "delete", "Delete a transform"),
            },
            aliases=("wasm", "transfrom"),
        ),
        "topic": Group(
            "Create, inspect, fill and read topics",
            {
                "create": Command("rpkpy.cli.topic.create", "Create topics"),
                "list": Command("rpkpy.cli.topic.list", "List topics", aliases=("ls",)),
                "describe": Command("rpkpy.cli.topic.describe", "Describe topics", aliases=("info",)),
                "delete": Command("rpkpy.cli.topic.delete", "Delete topics"),
                "produce": Command("rpkpy.cli.topic.produce", "Produce records from standard input"),
                "consume": Command("rpkpy.cli.topic.consume", "Print records of topics"),
            },
        ),
        "local": Group(
            "A local cluster: Apache Kafka with the transform host beside it, no Docker",
            {
                "start": Command(_L + "start", "Start the local cluster"),
                "stop": Command(_L + "stop", "Stop the local cluster, keeping its data"),
                "status": Command(_L + "status", "Show what runs and where"),
                "logs": Command(_L + "logs", "Show the local cluster's own logs"),
                "purge": Command(_L + "purge", "Stop the local cluster and delete its data"),
            },
            aliases=("container",),
        ),
        "profile": Group(
            "Which cluster the other commands talk to",
            {
                "create": Command(_P + "create", "Create a profile and select it"),
                "list": Command(_P + "list", "List profiles", aliases=("ls",)),
                "use": Command(_P + "use", "Select the profile that other commands use"),
                "current": Command(_P + "current", "Print the name of the current profile"),
                "print": Command(_P + "print", "Print a profile, secrets masked"),
                "set": Command(_P + "set", "Set fields of the current profile"),
                "edit": Command(_P + "edit", "Open a profile in your editor"),
                "rename-to": Command(_P + "rename_to", "Rename the current profile", aliases=("rename",)),
                "delete": Command(_P + "delete", "Delete a profile"),
                "clear": Command(_P + "clear", "Select no profile"),
                "prompt": Command(_P + "prompt", "Print the current profile for a shell's prompt"),
                "print-globals": Command(_P + "print_globals", "Print the globals"),
                "set-globals": Command(_P + "set_globals", "Set globals"),
                "edit-globals": Command(_P + "edit_globals", "Open the globals in your editor"),
            },
        ),
        "toolchain": Group(
            "Compilers that transforms need",
            {
                "list": Command("rpkpy.cli.toolchain.list", "List languages, tools and versions", aliases=("ls",)),
                "install": Command("rpkpy.cli.toolchain.install", "Install a toolchain into rpkpy's cache"),
            },
        ),
        "host": Group(
            "The transform host: runs transforms on any Kafka",
            {"run": Command("rpkpy.cli.host.run", "Run the transform host in the foreground")},
        ),
        "completion": Command("rpkpy.cli.completion", "Print a shell completion script"),
        "version": Command("rpkpy.cli.version", "Print versions of rpkpy and of what it runs on"),
    },
)

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
_CLOUD = "rpkpy.cli.cloud."
_R = "rpkpy.cli.registry."
_C = "rpkpy.cli.cluster."

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
                "inspect": Command(_T + "inspect", "Show what a module is made of: imports, memory, sizes, origin"),
                "run": Command(_T + "run", "Pass records through a module on this machine"),
                "bench": Command(
                    _T + "bench", "Measure fuel, time and memory of each record, and what the limits leave"
                ),
                "test": Command(_T + "test", "Run the project's fixtures: records in, expected records out"),
                "dev": Command(_T + "dev", "Build, test and deploy with each change, and show what goes through"),
                "sign": Command(_T + "sign", "Sign the built module with a key"),
                "verify": Command(_T + "verify", "Check a module's signature"),
                "diff": Command(_T + "diff", "Show what a deployment would change"),
                "deploy": Command(_T + "deploy", "Deploy the built module to the cluster"),
                "list": Command(_T + "list", "List deployed transforms", aliases=("ls",)),
                "describe": Command(_T + "describe", "Show all that is known of a deployed transform"),
                "logs": Command(_T + "logs", "Show what a transform printed", aliases=("log",)),
                "pause": Command(_T + "pause", "Pause a transform, keeping its place"),
                "resume": Command(_T + "resume", "Resume a paused transform"),
                "update": Command(_T + "update", "Change variables and compression of a deployed transform"),
                "redeploy": Command(_T + "redeploy", "Delete a transform and deploy it anew, from an offset on"),
                "apply": Command(_T + "apply", "Deploy every project of a folder"),
                "history": Command(_T + "history", "List what this machine deployed"),
                "rollback": Command(_T + "rollback", "Deploy an earlier release once more"),
                "delete": Command(_T + "delete", "Delete a transform"),
            },
            aliases=("wasm", "transfrom"),
        ),
        "doctor": Command("rpkpy.cli.doctor", "Find what is wrong with tools, project, profile and cluster"),
        "topic": Group(
            "Create, inspect, fill and read topics",
            {
                "create": Command("rpkpy.cli.topic.create", "Create topics"),
                "list": Command("rpkpy.cli.topic.list", "List topics", aliases=("ls",)),
                "describe": Command("rpkpy.cli.topic.describe", "Describe topics", aliases=("info",)),
                "delete": Command("rpkpy.cli.topic.delete", "Delete topics"),
                "alter-config": Command("rpkpy.cli.topic.alter_config", "Change settings of topics"),
                "add-partitions": Command("rpkpy.cli.topic.add_partitions", "Add partitions to topics"),
                "trim-prefix": Command(
                    "rpkpy.cli.topic.trim_prefix", "Delete the records before an offset", aliases=("trim",)
                ),
                "describe-storage": Command("rpkpy.cli.topic.describe_storage", "Not supported", hidden=True),
                "produce": Command("rpkpy.cli.topic.produce", "Produce records from standard input"),
                "consume": Command("rpkpy.cli.topic.consume", "Print records of topics"),
            },
        ),
        "group": Group(
            "Look at consumer groups and move their offsets",
            {
                "list": Command("rpkpy.cli.group.list", "List groups", aliases=("ls",)),
                "describe": Command("rpkpy.cli.group.describe", "Describe groups: state, members, lag"),
                "seek": Command("rpkpy.cli.group.seek", "Move a group's commits"),
                "delete": Command("rpkpy.cli.group.delete", "Delete groups"),
                "offset-delete": Command("rpkpy.cli.group.offset_delete", "Not supported", hidden=True),
            },
            aliases=("g",),
        ),
        "cluster": Group(
            "Brokers, health and properties of the cluster",
            {
                "info": Command(_C + "info", "Show the cluster's brokers and topics", aliases=("status", "metadata")),
                "health": Command(_C + "health", "Show whether the cluster is healthy"),
                "config": Group(
                    "The cluster's properties",
                    {
                        "get": Command(_C + "config.get", "Print a property's value"),
                        "set": Command(_C + "config.set", "Set properties"),
                        "list": Command(_C + "config.list", "List properties", aliases=("ls",)),
                        "edit": Command(_C + "config.edit", "Open the properties in your editor"),
                        "export": Command(_C + "config.export", "Write the properties to a file"),
                        "import": Command(_C + "config.import_", "Make the properties what a file says"),
                        "status": Command(_C + "config.status", "Show which brokers must be restarted"),
                    },
                ),
            },
        ),
        "registry": Group(
            "Schemas of the schema registry, and what it lets happen to them",
            {
                "schema": Group(
                    "Versions of subjects",
                    {
                        "create": Command(_R + "schema.create", "Register a schema under a subject"),
                        "get": Command(_R + "schema.get", "Find a schema by version, by id, or by itself"),
                        "list": Command(_R + "schema.list", "List versions of subjects", aliases=("ls",)),
                        "check-compatibility": Command(
                            _R + "schema.check_compatibility", "Whether a schema may follow a subject's"
                        ),
                        "references": Command(_R + "schema.references", "List schemas that refer to a version"),
                        "delete": Command(_R + "schema.delete", "Delete a version of a subject"),
                    },
                ),
                "subject": Group(
                    "Subjects",
                    {
                        "list": Command(_R + "subject.list", "List subjects", aliases=("ls",)),
                        "delete": Command(_R + "subject.delete", "Delete subjects with all their versions"),
                    },
                ),
                "compatibility-level": Group(
                    "Which schemas may follow which",
                    {
                        "get": Command(_R + "compatibility_level.get", "Show compatibility levels"),
                        "set": Command(_R + "compatibility_level.set", "Set compatibility levels"),
                    },
                ),
                "mode": Group(
                    "Whether schemas may be written",
                    {
                        "get": Command(_R + "mode.get", "Show modes"),
                        "set": Command(_R + "mode.set", "Set modes"),
                        "reset": Command(_R + "mode.reset", "Take subjects' own modes away"),
                    },
                ),
            },
            aliases=("sr",),
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
        "cloud": Group(
            "Log in to Redpanda Cloud and select clusters there",
            {
                "login": Command(_CLOUD + "login", "Log in, in a browser or with client credentials"),
                "logout": Command(_CLOUD + "logout", "Forget the login's token"),
                "auth": Group(
                    "The logins that rpk.yaml keeps",
                    {
                        "list": Command(_CLOUD + "auth.list", "List logins", aliases=("ls",)),
                        "use": Command(_CLOUD + "auth.use", "Select a login"),
                        "delete": Command(_CLOUD + "auth.delete", "Delete a login"),
                    },
                ),
                "cluster": Group(
                    "Clusters of Redpanda Cloud",
                    {"select": Command(_CLOUD + "cluster.select", "Make a profile for a cluster", aliases=("use",))},
                ),
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
            {
                "run": Command("rpkpy.cli.host.run", "Run the transform host in the foreground"),
                "status": Command("rpkpy.cli.host.status", "Show hosts, workers, and what each partition does"),
                "user": Group(
                    "Who may use a host's Admin API",
                    {
                        "add": Command("rpkpy.cli.host.user.add", "Add a user, or give one a new password or token"),
                        "delete": Command("rpkpy.cli.host.user.delete", "Remove a user"),
                        "list": Command("rpkpy.cli.host.user.list", "List users, without their secrets"),
                    },
                ),
            },
        ),
        "completion": Command("rpkpy.cli.completion", "Print a shell completion script"),
        "version": Command("rpkpy.cli.version", "Print versions of rpkpy and of what it runs on"),
    },
)

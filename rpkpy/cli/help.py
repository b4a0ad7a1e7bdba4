"""The help of the program and of its groups, from the registry alone: nothing heavy is imported to print it."""

from rpkpy.cli.commands import ROOT, Group

# name, metavar, text: shown by every help, parsed by rpkpy.cli.app.
GLOBAL_OPTIONS = (
    ("--config", "PATH", "rpk.yaml or redpanda.yaml to read"),
    ("-X, --config-opt", "KEY=VALUE", "Override one setting; -X list names them"),
    ("--profile", "NAME", "Profile of rpk.yaml to use"),
    ("-v, --verbose", "", "Say more on standard error; tracebacks on errors"),
    ("--no-color", "", "No colour, as NO_COLOR does"),
    ("-h, --help", "", "Show help"),
)


def resolve(path: list[str]) -> tuple[list[str], Group] | None:
    """The canonical path and the group that `path` names, or None where it names none."""
    group, canonical = ROOT, []
    for name in path:
        found = group.find(name)
        if found is None or not isinstance(found[1], Group):
            return None
        canonical.append(found[0])
        group = found[1]
    return canonical, group


def group_help(path: list[str], group: Group) -> str:
    """The help text of the group at `path` (the program itself when empty)."""
    name = " ".join(["rpkpy", *path])
    lines = [group.summary, ""]
    if not path:
        lines += [
            "Examples:",
            "  rpkpy local start",
            "  rpkpy transform init mask --lang c --pattern masking",
            "  rpkpy transform build && rpkpy transform validate",
            "  rpkpy transform deploy --input-topic=customer --output-topic=customer_masked",
            "",
        ]
    lines += ["Usage:", f"  {name} [OPTIONS] COMMAND [ARGS]...", "", "Commands:"]
    shown = [(key, member) for key, member in group.members.items() if not member.hidden]
    width = max((len(key) for key, _ in shown), default=0)
    lines += [f"  {key:<{width}}  {member.summary}" for key, member in shown]
    lines += ["", *global_options_help(), "", f"Run `{name} COMMAND --help` for a command's own options.", ""]
    return "\n".join(lines)


def global_options_help() -> list[str]:
    """The lines that describe the global options."""
    heads = [f"{flags} {metavar}".rstrip() for flags, metavar, _ in GLOBAL_OPTIONS]
    width = max(len(head) for head in heads)
    return ["Global options:"] + [
        f"  {head:<{width}}  {text}" for head, (_, _, text) in zip(heads, GLOBAL_OPTIONS, strict=True)
    ]

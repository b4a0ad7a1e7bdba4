"""What this machine deployed of a project, release by release: of one transform, or of all that the project had."""

from dataclasses import dataclass

from rpkpy.deployment.releases import Release, Releases


@dataclass(frozen=True, slots=True)
class State:
    """A project as its release `number` left it: the newest release of each of its transforms, by name.

    `newest` carries the number. `count` is how many transforms the project had then.
    """

    number: int
    newest: Release
    parts: tuple[Release, ...]
    count: int = 1

    @property
    def complete(self) -> bool:
        """Whether nothing is missing: one may have failed, and of each the newest releases alone are kept."""
        return len(self.parts) == self.count

    def same_as(self, other: "State") -> bool:
        """Whether the same transforms were deployed with the same modules."""
        return len(self.parts) == len(other.parts) and all(
            one.same_as(two.spec, two.sha256) for one, two in zip(self.parts, other.parts, strict=True)
        )


def of(releases: Releases, project: str) -> list[State]:
    """The releases of a project, or of one transform, oldest first. Raises RpkpyError where they cannot be read."""
    members = releases.of_project(project, deleted=True)
    if not members:
        return [State(each.number, each, (each,)) for each in releases.all(project)]
    names = {project, *members}
    kept = {name: [each for each in releases.all(name) if each.project in ("", project)] for name in names}
    newest: dict[int, Release] = {}
    for each in sorted((each for found in kept.values() for each in found), key=lambda each: each.deployed_ms):
        newest[each.number] = each
    return [
        State(number, newest[number], _parts(kept, newest[number]), len(_members(newest[number])))
        for number in sorted(newest)
    ]


def _parts(kept: dict[str, list[Release]], newest: Release) -> tuple[Release, ...]:
    """The newest release, up to that of `newest`, of each transform that the project had then."""
    found = []
    for name in sorted(_members(newest)):
        until = [each for each in kept.get(name, ()) if each.number <= newest.number]
        found += until[-1:]
    return tuple(found)


def _members(release: Release) -> tuple[str, ...]:
    return release.members or (release.spec.name,)

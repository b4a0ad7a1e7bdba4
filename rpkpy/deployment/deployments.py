"""All that a project deploys, as one thing: a deployment for each of its inputs, and what it leaves over."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rpkpy.deployment import in_turn, preflight
from rpkpy.deployment.difference import Difference
from rpkpy.deployment.family import Family
from rpkpy.deployment.in_turn import Step
from rpkpy.deployment.releases import How
from rpkpy.deployment.view import View
from rpkpy.errors import AuthError, RefusedError, RpkpyError, UnreachableError

if TYPE_CHECKING:
    from rpkpy.deployment.deploy import Deployment, Request, Surroundings


@dataclass(frozen=True, slots=True)
class Comparison:
    """A project against what is deployed. `left_over` are its transforms that it does not have any more."""

    family: Family
    differences: Sequence[Difference]
    left_over: Sequence[str] = ()

    @property
    def known_to_differ(self) -> bool:
        """Whether anything is other for certain; a module that nobody knows is not."""
        return bool(self.left_over) or any(each.action in ("create", "update", "replace") for each in self.differences)


class Deployments:
    """A project's deployments, ready: planned and judged, nothing sent. `each` has one in the ordinary case."""

    def __init__(
        self, around: "Surroundings", request: "Request", family: Family, each: "Sequence[Deployment]", view: View
    ) -> None:
        self.family, self.each = family, each
        self._around, self._request, self._view = around, request, view

    def comparison(self) -> Comparison:
        """What would change; raises what the cluster's list raises."""
        return Comparison(self.family, [each.difference() for each in self.each], self.left_over())

    def left_over(self) -> Sequence[str]:
        """The transforms of the project that are deployed and that it does not have any more; see `left_over`."""
        return left_over(self._around, self.family, self._view)

    def require_own(self) -> None:
        """DriftError where what is deployed is not what this machine deployed last."""
        for each in self.each:
            each.require_own()

    def unchanged(self) -> "list[Deployment]":
        """Those of which it is known that nothing differs and that they run."""
        return [each for each in self.each if each.unchanged() is not None]

    def missing_topics(self) -> tuple[str, ...]:
        """The topics that must be made before; RefusedError where they are missing and shall not be made."""
        topics = self._topics()
        if topics is None:
            return ()
        if not self._request.create_topics:
            preflight.require(topics)
        return topics.missing

    def make_topics(self) -> None:
        """Make the topics that are missing. Raises what `missing_topics` and the brokers raise."""
        topics = self._topics()
        if topics is not None and self.missing_topics():
            made = preflight.create(self._view.brokers.admin(), topics, self._request.partitions)
            self._around.person.note(f"Created {', '.join(made)}.")

    def carry_out(
        self,
        how: How,
        *,
        unchanged: "Collection[Deployment]" = (),
        prune: Sequence[str] = (),
        rest: str = in_turn.ONCE_MORE,
    ) -> Iterator[str]:
        """Make the topics that are missing, send each deployment but those in `unchanged`, then delete `prune`.

        To `redeploy` is to delete each before. Says each once it is done. Raises what the cluster raises; the error
        says what was done and what not, and how the `rest` is.
        """
        if len(unchanged) < len(self.each):
            self.make_topics()
        yield from in_turn.carry_out(self.steps(how, unchanged=unchanged, prune=prune), rest)

    def steps(
        self, how: How, label: str = "", *, unchanged: "Collection[Deployment]" = (), prune: Sequence[str] = ()
    ) -> list[Step]:
        """The same as steps that have not been taken, the topics apart."""

        def send(each: "Deployment") -> None:
            if how == "redeploy":
                each.delete()
            each.send(how, label)

        def let_go(name: str) -> None:
            delete(self._around, name)
            for each in unchanged if name == prune[-1] else ():  # the project without them is a release as well
                each.write_down(how, label)

        sent = [each for each in self.each if each not in unchanged]
        return [
            *(Step(each.spec.name, "deployed", partial(send, each)) for each in sent),
            *(Step(name, "deleted", partial(let_go, name)) for name in prune),
        ]

    def _topics(self) -> preflight.Topics | None:
        """Which topics there are; None where nobody asked, or no broker answers or lets us in: the cluster judges."""
        request, person = self._request, self._around.person
        if not request.validate and not request.create_topics:
            return None
        try:
            admin = self._view.brokers.admin()
        except (UnreachableError, AuthError) as error:  # the Admin API may still work
            if request.create_topics:
                raise type(error)(
                    f"unable to create topics: {error.message}", cause=error.cause, fix=error.fix
                ) from error
            say = person.warn if isinstance(error, AuthError) else person.debug
            say(f"Topics were not looked up: {error.message}")
            return None
        return preflight.look(admin, self.family.specs)


def left_over(around: "Surroundings", family: Family, view: View) -> Sequence[str]:
    """The deployed transforms of the project that it does not have any more.

    A project with one input is looked at only where this machine deployed it with several: the cluster is not asked for
    nothing. Who may deploy need not be able to list; then it is said that they are not known.
    """
    person = around.person
    try:
        if not family.several and not around.releases.of_project(family.project):
            return ()
        return family.left_over(view.entries(), around.releases)
    except RefusedError as error:
        person.warn(f"Whether transforms of inputs that are gone are deployed is not known: {error.message}")
    except RpkpyError as error:
        if family.several:
            raise
        person.debug(error.message)
    return ()


def delete(around: "Surroundings", name: str) -> None:
    """Delete the transform and write that down, which is a warning where it fails. Raises what the cluster raises."""
    around.cluster.delete(name)
    try:
        around.releases.mark_deleted(name)
    except RpkpyError as error:
        around.person.warn(error.message)

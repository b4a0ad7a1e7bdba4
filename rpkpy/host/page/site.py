"""The page's routes: what is deployed, one transform, the playground, signing in and out."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from rpkpy.errors import InvalidError, RpkpyError
from rpkpy.host import modules
from rpkpy.host.page import forms, playground, render, trial
from rpkpy.host.page.log_tail import LogTail
from rpkpy.host.page.outside import fit
from rpkpy.host.page.sessions import Session, Sessions, check_form, give_cookie, take_cookie
from rpkpy.host.rejection import Rejected
from rpkpy.host.requests import Patch
from rpkpy.redpanda.cluster import COMPRESSIONS
from rpkpy.version import __version__

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from rpkpy.host.access.caller import Callers
    from rpkpy.host.controller import Controller
    from rpkpy.host.figures import TransformFigures
    from rpkpy.host.model import Transform
    from rpkpy.host.processor import Surroundings
    from rpkpy.host.watch import Watch

T = TypeVar("T")
Endpoint = Callable[["Request"], Awaitable["Response"]]

_FORM_BYTES = 1024 * 1024
"""Of forms without a file: 128 variables of 2 KiB, three bytes for one where they are escaped."""
_SAMPLES = 6
_WRONG_TOKEN_S = 0.5
_PLAYGROUND = "/ui/playground"


def routes(
    controller: "Controller",
    around: "Surroundings",
    watch: "Watch",
    guarded: Callable[[Endpoint], Endpoint],
    callers: "Callers | None" = None,
) -> "list[Route]":
    """The routes; `guarded` refuses what a page elsewhere made a browser send. `callers` are the host's users."""
    from starlette.routing import Route

    site = _Site(controller, around, watch, callers)
    return [
        Route(path, guarded(site.answering(endpoint)), methods=[method])
        for method, path, endpoint in (
            ("GET", "/", site.overview),
            ("GET", "/ui/transform", site.transform),
            ("POST", "/ui/pause", site.pause),
            ("POST", "/ui/resume", site.resume),
            ("POST", "/ui/patch", site.patch),
            ("GET", "/ui/logs", site.logs),
            ("GET", _PLAYGROUND, site.playground_form),
            ("POST", _PLAYGROUND, site.play),
            ("GET", "/ui/sign-in", site.sign_in_form),
            ("POST", "/ui/sign-in", site.sign_in),
            ("POST", "/ui/sign-out", site.sign_out),
            ("GET", "/ui/static/{name}", site.static),
        )
    ]


class _Site:
    def __init__(
        self, controller: "Controller", around: "Surroundings", watch: "Watch", callers: "Callers | None"
    ) -> None:
        self._controller = controller
        self._around = around
        self._watch = watch
        self._sessions = Sessions(around.settings.page_token, callers=callers)
        self._tail = LogTail(around.settings.kafka, around.topology, watch.stopping)
        self._playground = playground.Playground()

    def answering(self, endpoint: Endpoint) -> Endpoint:
        """`endpoint` with refusals as pages; where there are users, they alone see it."""
        for_all = endpoint in (self.sign_in_form, self.sign_in, self.static)

        async def answering(request: "Request") -> "Response":
            try:
                if self._sessions.by_name and not for_all and self._sessions.of(request) is None:
                    return self._to_sign_in(request)
                return await endpoint(request)
            except Rejected as error:
                return self._html(request, "error.html", error.status, message=error.message, fix="")
            except RpkpyError as error:
                message = " ".join(filter(None, (error.message, error.cause)))
                status = 400 if isinstance(error, InvalidError) else 503
                return self._html(request, "error.html", status, message=message, fix=error.fix or "")

        return answering

    def _to_sign_in(self, request: "Request") -> "Response":
        if request.method != "GET" or request.url.path == "/ui/logs":
            raise Rejected(401, "Sign in first.")
        back = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
        return render.see_other(f"/ui/sign-in?back={quote(back, safe='')}")

    def _html(self, request: "Request", template: str, status: int = 200, **values: Any) -> "Response":
        session = self._sessions.of(request)
        messages: list[str] = []
        if session is not None and request.headers.get("sec-fetch-dest", "document") == "document":
            messages, session.messages = session.messages, []  # they are for a person, not for the page's own script
        common = {
            "session": session,
            "may_change": session is not None and session.may_change,
            "by_name": self._sessions.by_name,
            "can_sign_in": self._sessions.possible,
            "messages": messages,
            "version": __version__,
            "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        }
        return render.html(template, status, **common, **values)

    # What is there.

    async def overview(self, request: "Request") -> "Response":
        figures = await _in_thread(self._watch.figures)
        rates = {item.name: self._watch.history.rates(item.name) for item in figures.transforms}
        feeds = {
            topic: [item.name for item in figures.transforms if item.input_topic == topic]
            for topic in {topic for item in figures.transforms for topic in item.output_topics}
        }
        kafka = ", ".join(self._around.settings.kafka.brokers)
        processes = self._controller.workers()
        hosts, workers = len({each.host for each in processes}), sum(each.works for each in processes)
        return self._html(
            request,
            "overview.html",
            figures=figures,
            rates=rates,
            feeds=feeds,
            kafka=kafka,
            hosts=hosts,
            workers=workers,
        )

    async def transform(self, request: "Request") -> "Response":
        transform = self._deployed(request.query_params.get("name", ""))
        figures = await _in_thread(self._watch.figures)
        item = next((item for item in figures.transforms if item.name == transform.name), None)
        if item is None:
            raise Rejected(404, "This transform was deleted a moment ago.")
        session = self._sessions.of(request)
        seen = await _in_thread(lambda: self._tail.look(transform.name))
        shown = session is not None and session.may_change
        samples = await _in_thread(lambda: self._watch.samples(transform.uuid)) if shown else []
        samples.sort(key=lambda taken: -taken[1].record.timestamp_ms)
        return self._html(
            request,
            "transform.html",
            transform=transform,
            item=item,
            figures=figures,
            rates=self._watch.history.rates(transform.name),
            samples=samples[:_SAMPLES],
            logs=[_log_line(line.event.time_ns, line.event.severity, line.event.body) for line in seen.lines],
            reading=seen.reading,
            after=seen.lines[-1].number if seen.lines else 0,
            environment=forms.lines(transform.environment),
            compressions=COMPRESSIONS,
            fuel_per_record=_fuel_per_record(item),
        )

    async def logs(self, request: "Request") -> "Response":
        from starlette.responses import Response

        name = self._deployed(request.query_params.get("name", "")).name
        reading, after = (_whole(request.query_params.get(key, "0")) for key in ("reading", "after"))
        seen = await _in_thread(lambda: self._tail.look(name, reading=reading, after=after))
        lines = [_log_line(line.event.time_ns, line.event.severity, line.event.body) for line in seen.lines]
        answer = {
            "reading": seen.reading,
            "anew": seen.reading != reading,
            "after": seen.lines[-1].number if seen.lines else after if seen.reading == reading else 0,
            "lines": [{key: fit(value) for key, value in line.items()} for line in lines],
        }
        return Response(json.dumps(answer), media_type="application/json", headers=render.HEADERS)

    async def static(self, request: "Request") -> "Response":
        found = render.static(request.path_params["name"])
        if found is None:
            raise Rejected(404, "Not found")
        return found

    # Changes.

    async def pause(self, request: "Request") -> "Response":
        return await self._patched(request, lambda form: Patch(paused=True), "is paused")

    async def resume(self, request: "Request") -> "Response":
        return await self._patched(request, lambda form: Patch(paused=False), "runs again")

    async def patch(self, request: "Request") -> "Response":
        def wanted(form: Any) -> Patch:
            compression = forms.text(form, "compression")
            if compression not in COMPRESSIONS:
                raise Rejected(400, "The compression is none of those offered.")
            return Patch(environment=forms.variables(forms.text(form, "environment")), compression=compression)

        return await self._patched(request, wanted, "is changed")

    async def _patched(self, request: "Request", wanted: Callable[[Any], Patch], done: str) -> "Response":
        async with self._form(request) as (session, form):
            transform = self._deployed(forms.text(form, "name"))
            await _in_thread(self._controller.patch, transform.name, wanted(form))
        session.messages.append(f"{transform.name} {done}.")
        return render.see_other(f"/ui/transform?name={quote(transform.name, safe='')}")

    @asynccontextmanager
    async def _form(
        self, request: "Request", most_bytes: int = _FORM_BYTES, *, to_leave: bool = False
    ) -> "AsyncIterator[tuple[Session, FormData]]":
        """The form of who is signed in and may send it (all may leave). Nothing of it is read before that is known."""
        session = self._sessions.of(request)
        if session is None:
            raise Rejected(403, "Sign in first: without it the page only shows.")
        if not (session.may_change or to_leave):
            raise Rejected(403, "Only superusers change things here.")
        async with forms.reading(request, most_bytes) as form:
            yield check_form(session, form.get("csrf")), form

    def _deployed(self, name: str) -> "Transform":
        transform = self._controller.transforms().get(name)
        if transform is None:
            raise Rejected(404, "There is no such transform.")
        return transform

    # The playground.

    async def playground_form(self, request: "Request") -> "Response":
        return self._play_page(request, chosen=request.query_params.get("name", ""))

    async def play(self, request: "Request") -> "Response":
        limit = self._around.settings.limits.binary_bytes
        async with self._form(request, limit + 2 * playground.MAX_INPUT_BYTES + _FORM_BYTES) as (_, form):
            given: dict[str, Any] = {key: forms.text(form, key) for key in ("chosen", "records", "form", "environment")}
            uploaded = form.get("module")
            wasm = b"" if uploaded is None or isinstance(uploaded, str) else await uploaded.read(limit + 1)
        if len(wasm) > limit:
            raise Rejected(413, f"A module is {limit} bytes at most.")
        try:
            result = await _in_thread(self._play, wasm, given)
        except playground.Busy:
            return self._play_page(request, 503, **given, problem="Another run is under way: wait for its end.")
        except RpkpyError as error:
            problem = " ".join(filter(None, (error.message, error.cause, error.fix)))
            return self._play_page(request, 400, **given, problem=problem)
        return self._play_page(request, **given, result=result)

    def _play_page(self, request: "Request", status: int = 200, **values: Any) -> "Response":
        empty = {"chosen": "", "records": "", "form": "raw", "environment": "", "result": None, "problem": ""}
        names = list(self._controller.transforms())
        most = playground.MAX_RECORDS
        return self._html(request, "playground.html", status, names=names, most=most, **{**empty, **values})

    def _play(self, wasm: bytes, given: dict[str, str]) -> trial.Result:
        records = playground.read_records(given["records"], given["form"], time.time_ns() // 1_000_000)
        environment = forms.variables(given["environment"])
        limits = self._around.settings.limits
        if wasm:
            wanted = trial.Request("playground", "input", ["output"], environment, records, limits)
            return self._playground.run(wanted, wasm)
        transform = self._deployed(given["chosen"])
        wanted = trial.Request(
            transform.name,
            transform.input_topic,
            transform.output_topics,
            environment or transform.environment,
            records,
            limits,
        )
        settings = self._around.settings
        try:
            wasm = modules.fetch(settings.kafka, transform.module, settings.timing.kafka_s)
        except modules.ModuleLost as error:
            raise Rejected(503, f"It cannot be run: {error}.") from error
        return self._playground.run(wanted, wasm)

    # Signing in and out.

    async def sign_in_form(self, request: "Request") -> "Response":
        return self._html(request, "sign_in.html", wrong=False, back=_own_path(request.query_params.get("back", "/")))

    async def sign_in(self, request: "Request") -> "Response":
        async with forms.reading(request, 8 * 1024) as form:
            back = _own_path(forms.text(form, "back"))
            token, name, password = (forms.text(form, key) for key in ("token", "name", "password"))
        by_name = self._sessions.by_name
        session = await self._sessions.sign_in_as(request, name, password) if by_name else self._sessions.sign_in(token)
        if session is None:
            await asyncio.sleep(_WRONG_TOKEN_S)
            return self._html(request, "sign_in.html", 403, wrong=True, back=back)
        response = render.see_other(back)
        give_cookie(request, response, session)
        return response

    async def sign_out(self, request: "Request") -> "Response":
        async with self._form(request, to_leave=True) as (session, _):
            self._sessions.sign_out(session)
        response = render.see_other("/")
        take_cookie(request, response)
        return response


def _own_path(text: str) -> str:
    """A path of this page, to go back to; the first page for anything else."""
    return text if text.startswith(("/ui/transform?", _PLAYGROUND)) and text.isascii() and text.isprintable() else "/"


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _fuel_per_record(item: "TransformFigures") -> float:
    return item.counters.fuel / item.counters.records_in if item.counters.records_in else 0


def _log_line(time_ns: int, severity: int, body: str) -> dict[str, str]:
    from rpkpy.redpanda.transform_logs import SEVERITY_INFO

    moment = time.gmtime(min(max(time_ns, 0) // 10**9, 253_402_300_799))
    return {
        "time": time.strftime("%H:%M:%S", moment),
        "level": "info" if severity <= SEVERITY_INFO else "warn",
        "text": body.rstrip("\n"),
    }


async def _in_thread(call: Callable[..., T], *args: Any) -> T:
    """Calls that wait for Kafka or a process stay off the event loop."""
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(call, *args)

"""HTML answers: templates with everything escaped, and headers under which nothing but this page's own files loads."""

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from rpkpy.host.page.charts import chart, number, size
from rpkpy.host.page.outside import fit, shown, verbatim

if TYPE_CHECKING:
    import jinja2
    from starlette.responses import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: with it browsers send forms with `Origin: null`, which is refused.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@cache
def _environment() -> "jinja2.Environment":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("rpkpy.host.page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=fit,
    )
    environment.globals |= {"chart": chart}
    environment.filters |= {"number": number, "size": size, "bytes": shown, "raw": verbatim}
    return environment


def html(template: str, status: int = 200, **values: Any) -> "Response":
    """The template's text as an answer."""
    from starlette.responses import HTMLResponse

    text = _environment().get_template(template).render(**values)
    return HTMLResponse(text, status, headers=HEADERS)


def see_other(path: str) -> "Response":
    """303: what a form answers with, so that loading again does not send it again."""
    from starlette.responses import RedirectResponse

    return RedirectResponse(path, 303, headers=HEADERS)


def static(name: str) -> "Response | None":
    """A file of `static/`; None for what is not there."""
    from starlette.responses import Response

    content = _static_files().get(name)
    if content is None:
        return None
    kept = HEADERS | {"cache-control": "max-age=300"}
    return Response(content, media_type=_TYPES[name.rpartition(".")[2]], headers=kept)


@cache
def _static_files() -> dict[str, bytes]:
    folder = resources.files("rpkpy.host.page") / "static"
    return {item.name: item.read_bytes() for item in folder.iterdir() if item.name.rpartition(".")[2] in _TYPES}

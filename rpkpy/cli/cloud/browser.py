"""A page in the person's browser."""

from urllib.parse import urlsplit


def open_page(url: str) -> bool:
    """Open `url` in a browser with a window of its own; whether one could be.

    Only https addresses: the address comes from a server, and a browser opens files and programs too.
    """
    if not may_open(url):
        return False
    import webbrowser

    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return False
    if isinstance(found, webbrowser.GenericBrowser) and not isinstance(found, webbrowser.BackgroundBrowser):
        return False  # it would take the terminal
    return found.open(url)


def may_open(url: str) -> bool:
    """Whether `url` is an https address with a host and nothing that a shell or a browser reads otherwise."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and bool(parts.hostname)
        and not parts.username
        and url.isascii()
        and url.isprintable()
        and not set(url) & set(" \"'`\\<>|;$")
    )

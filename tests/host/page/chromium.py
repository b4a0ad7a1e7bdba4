"""A real Chromium without a window, as the tests drive it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, Keys  # noqa: TID253
from selenium.webdriver.chrome.service import Service  # noqa: TID253
from selenium.webdriver.common.by import By  # noqa: TID253
from selenium.webdriver.remote.webelement import WebElement  # noqa: TID253

from tests.host.harness import eventually
from tests.host.page.browsing import TOKEN


def paths() -> tuple[str, str]:
    """The browser and its driver; where they are missing the test is skipped, or fails under CI=true."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        said = "no Chromium with its driver on PATH (Debian: apt-get install chromium chromium-driver)"
        if os.environ.get("CI") == "true":
            pytest.fail(said, pytrace=False)
        pytest.skip(said)
    return browser, driver


class Browser:
    """One tab, at a host's address."""

    def __init__(self, driver: Chrome, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, path: str) -> None:
        """Load a page of the host."""
        self.driver.get(self.url + path)

    def sign_in(self) -> None:
        """By the form."""
        self.open("/ui/sign-in")
        self.one("#token").send_keys(TOKEN, Keys.ENTER)
        eventually(lambda: self.driver.current_url == f"{self.url}/")

    def one(self, selector: str) -> WebElement:
        """The first such element."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        """Every such element."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    @property
    def text(self) -> str:
        """What stands on the page."""
        return self.text_of("body")

    def text_of(self, selector: str) -> str:
        """What the first such element says, at one moment: the page may be replacing it."""
        return str(self.script("return document.querySelector(arguments[0])?.innerText ?? ''", selector)).strip()

    def script(self, code: str, *arguments: Any) -> Any:
        """The value of `return ...`."""
        return self.driver.execute_script(code, *arguments)

    def width(self, pixels: int, height: int = 900) -> None:
        """Make the window so wide."""
        metrics = {"width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, **features: str) -> None:
        """What the reader's system says: color_scheme="dark", reduced_motion="reduce"."""
        named = [{"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": named})

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        from selenium.webdriver import ActionChains

        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def focused(self) -> WebElement:
        """Where the focus is."""
        return self.driver.switch_to.active_element

    def complaints(self) -> list[str]:
        """What the browser said in its console since the last time: errors, and violations of the policy."""
        logged: list[dict[str, Any]] = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        told = [entry["message"] for entry in logged if entry["level"] in ("SEVERE", "WARNING")]
        return [message for message in told if "status of 404" not in message]  # a page that is not there is asked for


@contextmanager
def running(url: str, folder: Path) -> Iterator[Browser]:
    """A browser of its own profile, gone at the end of the block."""
    binary, driver_path = paths()
    options = ChromeOptions()
    options.binary_location = binary
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--user-data-dir={folder}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(driver_path, env=os.environ | {"SE_OFFLINE": "true"}))
    try:
        yield Browser(driver, url)
    finally:
        driver.quit()

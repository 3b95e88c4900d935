"""
Take the pictures of the README: ``python docs/make_screenshots.py``, with Chromium and ChromeDriver.

Serves a fresh database with demo accounts, walks through the pages as a person would, and writes docs/images/*.png,
and the steps of a registration as an animated picture.
"""

import base64
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PORT = 8765
ADDRESS = f"http://127.0.0.1:{PORT}"
PASSWORD = "signals-demo"

# Name of the file, who is logged in, the page, the theme, the width in pixels.
PICTURES = (
    ("home", None, "/", "light", 1280),
    ("profile", "ada", "/profile/", "light", 1280),
    ("people", None, "/people/", "dark", 1280),
    ("admin", "admin", "/admin/users/profile/", "light", 1280),
)

ARGUMENTS = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --force-device-scale-factor=1"
).split()


# Waits for all pictures, also those that the browser would load when somebody scrolls to them. Returns the addresses
# of those that did not come.
WAIT_FOR_IMAGES = """
const done = arguments[arguments.length - 1];
const images = [...document.images];
for (const image of images) image.loading = "eager";
Promise.allSettled(images.map((image) => image.decode())).then(() =>
  requestAnimationFrame(() => done(images.filter((image) => !image.naturalWidth).map((image) => image.src)))
);
"""

# Branches of the trace that are closed in its picture: they are not part of the story that it tells, which goes from
# the profile to the log line and the mail.
CLOSED = ["pre_save", *(f"django_tasks.signals.task_{what}" for what in ("enqueued", "started", "finished"))]

# Closes branches, and returns the box that begins with one line and ends with another.
STORY = """
const [closed, first, last] = arguments;
const named = (node, name) => node.querySelector("b")?.textContent === name;
for (const branch of document.querySelectorAll(".tree .branch"))
  if (closed.some((name) => named(branch.closest("li"), name))) branch.open = false;
const lines = [...document.querySelectorAll(".tree li")];
const top = lines.find((line) => named(line, first)).getBoundingClientRect();
const end = lines.findLast((line) => named(line, last)).getBoundingClientRect();
const tree = document.querySelector(".tree").getBoundingClientRect();
return {x: tree.x, y: top.top + scrollY, width: tree.width, height: end.bottom - top.top, scale: 1};
"""


def browser(theme, width, height=900):
    """Return a headless Chromium of a size in pixels, whose system wishes for a theme."""
    options = webdriver.ChromeOptions()
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f"--window-size={width},{height}")
    # Named, so that Selenium does not look for a browser of its own on other hosts.
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    )
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    return driver


def log_in(driver, name, password):
    """Log in through the form."""
    driver.get(f"{ADDRESS}/login/")
    driver.find_element(By.NAME, "username").send_keys(name)
    driver.find_element(By.NAME, "password").send_keys(password)
    driver.find_element(By.CSS_SELECTOR, "main button[type=submit]").click()


def register(driver, name):
    """Register through the form."""
    driver.get(f"{ADDRESS}/register/")
    for field, value in {"username": name, "email": f"{name}@example.com"}.items():
        driver.find_element(By.NAME, field).send_keys(value)
    for field in ("password1", "password2"):
        driver.find_element(By.NAME, field).send_keys(PASSWORD)
    driver.find_element(By.CSS_SELECTOR, "main button[type=submit]").click()


def take(driver, name):
    """Take a picture of a page that is there as a whole."""
    missing = driver.execute_async_script(WAIT_FOR_IMAGES)
    if missing:
        raise SystemExit(f"The browser did not get {', '.join(missing)}.")
    driver.save_screenshot(str(IMAGES / f"{name}.png"))


def take_story(driver, name):
    """Take a picture of the part of a trace that goes from the user that was created to the mail."""
    clip = driver.execute_script(STORY, CLOSED, "post_save", "send_welcome")
    options = {"format": "png", "clip": clip, "captureBeyondViewport": True}
    picture = driver.execute_cdp_cmd("Page.captureScreenshot", options)["data"]
    IMAGES.joinpath(f"{name}.png").write_bytes(base64.b64decode(picture))


def show_trace(theme, width):
    """Register, and take a picture of what that set off, by the link in the message."""
    for name in ("warm-up", "hedy"):  # what the first one takes, templates and all, is not what others take
        driver = browser(theme, width)
        try:
            register(driver, name)
            driver.get(driver.find_element(By.LINK_TEXT, "See how").get_attribute("href"))
            take_story(driver, "trace")
        finally:
            driver.quit()


def film_steps(name, width, height, first, last, seconds):
    """Make an animated picture of the steps of a registration, from one number to another; seconds (float) a step."""
    driver, frames = browser("light", width, height), []
    try:
        for step in range(first, last + 1):
            driver.get(f"{ADDRESS}/learn/stage/?step={step}")
            driver.execute_script("document.querySelector('.signal-inspector-strip')?.remove()")
            driver.execute_script("document.querySelector('h1').scrollIntoView()")
            shown = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
            frames.append(shown.resize((width * 3 // 4, height * 3 // 4), Image.Resampling.LANCZOS))
    finally:
        driver.quit()
    options = {"save_all": True, "append_images": frames[1:], "duration": round(seconds * 1000), "loop": 0}
    frames[0].save(IMAGES / f"{name}.webp", quality=60, method=6, **options)


def serve(folder):
    """Return a running server on a fresh database with demo accounts."""
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "MEDIA_ROOT": f"{folder}/media",
        "DEBUG": "True",
    }
    manage = [sys.executable, str(ROOT / "manage.py")]
    for command in (["migrate", "-v0"], ["seed_demo"]):
        subprocess.run([*manage, *command], env=environment, check=True)
    server = subprocess.Popen([*manage, "runserver", f"127.0.0.1:{PORT}", "--noreload"], env=environment)
    for _ in range(100):
        try:
            urlopen(ADDRESS)
            return server
        except OSError:
            time.sleep(0.1)
    server.terminate()
    raise SystemExit("The server did not start.")


def main():
    """Take all pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        server = serve(folder)
        try:
            for name, login, path, theme, width in PICTURES:
                driver = browser(theme, width)
                try:
                    if login:
                        log_in(driver, login, PASSWORD)
                    driver.get(f"{ADDRESS}{path}")
                    take(driver, name)
                finally:
                    driver.quit()
            show_trace("light", 1280)
            film_steps("steps", 1080, 860, 1, 24, 1.6)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()

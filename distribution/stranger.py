#!/usr/bin/env python3
"""
Be a stranger who installs the inspector: ``python distribution/stranger.py <wheel> <version of Django> [python]``.

A fresh environment gets Django and the wheel, ``startproject`` makes a project, and the package's README is followed
to the letter: what stands in its blocks for a terminal is typed, each block of Python goes where its first line says
or is run, and prints what the block below it says. Where it starts the server, the pages are looked at in Chromium.
The project has what a README easily forgets: a route that takes every path, and a strict Content-Security-Policy
where Django has a middleware for it.

It is run by an environment with requirements-dev.txt. Nothing is left behind.
"""

import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "signal_inspector" / "README.md"
TYPED_USE = ROOT / "distribution" / "typed_use.py"
sys.path.insert(0, str(ROOT))
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost"

from userprofile_project.tests.browser import Browser  # noqa: E402 - found by the line above

BLOCK = re.compile(r"^```(console|python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INSTALLS = "python -m pip install django-signal-inspector"
SERVES = "python manage.py runserver"
PASSWORD = "correct-horse-7"

CATCH_ALL = """
from django.http import HttpResponse
from django.urls import re_path

PAGE = "<!DOCTYPE html><html lang=en><head><title>Taken</title></head><body><h1>Taken</h1></body></html>"
urlpatterns += [re_path("^", lambda request: HttpResponse(PAGE))]
"""

POLICY = """
import django
from django.utils.module_loading import import_string

if django.VERSION >= (6, 0):
    SECURE_CSP = {"default-src": ["'self'"], "img-src": ["'self'", "data:"]}
    MIDDLEWARE.insert(0, "django.middleware.csp.ContentSecurityPolicyMiddleware")
"""

# Page, and what is seen on it.
PAGES = {
    "/signals/": "post_save",
    "/signals/traces/": "POST /admin/login/",
    "/signals/graph/": "user_logged_in",
    "/signals/why/": "Why was it not called?",
    "/signals/try/": "What if?",
}


class Stranger:
    """
    A project of nobody's, in a folder of its own.

    Args:
        folder (Path): where the environment and the project are made.
        wheel (Path): the distribution.
        django (str): the version of Django, as "5.2".
        python (str): the interpreter.
    """

    def __init__(self, folder, wheel, django, python):
        self.wheel = wheel.resolve()
        self.bin = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        self.site = folder / "site"
        self.site.mkdir()
        self.printed = ""  # by the last block of Python
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DJANGO_", "PYTHON", "SIGNAL_INSPECTOR_"))
        }
        self.environment["PATH"] = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        self.environment["PYTHONWARNINGS"] = "error::DeprecationWarning:signal_inspector"
        subprocess.run([python, "-m", "venv", "--without-pip", str(self.bin.parent)], check=True)
        self.install(f"django=={django}.*")

    def install(self, *what):
        """Install something, with the pip that runs this: an environment of its own has no need of one."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.bin / "python"), "install", "--quiet", *what]
        subprocess.run(pip, check=True)

    def type(self, line, **environment):
        """Type a line into the terminal. Return what it printed; if it fails, end with that."""
        command = [str(self.bin / "python"), *shlex.split(line)[1:]]
        done = subprocess.run(
            command, cwd=self.site, env={**self.environment, **environment}, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"$ {line}\n{done.stdout}{done.stderr}\nThe line fails with code {done.returncode}.")
        return done.stdout

    def start(self):
        """Make the project, and somebody who may log in to its admin."""
        self.type("python -m django startproject mysite .")
        self.append("settings.py", POLICY)
        self.append("urls.py", CATCH_ALL)

    def append(self, name, text):
        """Put a text at the end of a module of the project."""
        with open(self.site / "mysite" / name, "a", encoding="utf-8") as file:
            file.write(f"\n{text}")

    def follow(self, kind, text):
        """Do what a block of the README says."""
        place = re.match(r"# (\w+\.py)\n", text)
        if kind == "python" and place:
            self.append(place[1], text)
        elif kind == "python":
            self.printed = self.type(f"python manage.py shell -v 0 -c {shlex.quote(text)}")
        elif kind == "text":
            _expect(self.printed == text, f"The block above prints this: {self.printed}")
        else:
            for line in text.splitlines():
                self.obey(line.removeprefix("$ "))

    def obey(self, line):
        """Type a line; that it installs and serves what is here is all that differs from the letter."""
        print(f"$ {line}")
        if line == INSTALLS:
            self.install("--no-index", str(self.wheel))  # without an index: it may need nothing but Django
        elif line == SERVES:
            self.look()
        else:
            self.type(line)

    def check_types(self):
        """Have mypy read what uses the package, and fail where a type is another or unknown."""
        python = str(self.bin / "python")
        mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "--cache-dir", os.devnull]
        subprocess.run([*mypy, str(TYPED_USE)], cwd=self.site, check=True)

    @contextmanager
    def served(self):
        """Serve the project. Gives its address; a page that is an error fails."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = self.site / "server.log"
        with open(log, "w", encoding="utf-8") as output:
            command = [str(self.bin / "python"), "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
            server = subprocess.Popen(
                command, cwd=self.site, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
            try:
                _wait_for(port, server)
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()
                server.wait()
        text = log.read_text(encoding="utf-8")
        if "Traceback" in text or '" 500 ' in text:
            sys.exit(text)

    def look(self):
        """Look at the pages as the README says, in a browser."""
        user = ("python manage.py createsuperuser --noinput --username boss --email boss@example.com",)
        self.type(*user, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
        with self.served() as address:
            browser = Browser(address)
            try:
                _look(browser)
            finally:
                browser.quit()


def _wait_for(port, server):
    for _attempt in range(200):
        if server.poll() is not None:
            sys.exit("The server has ended.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("The server does not answer.")


def _look(browser):
    browser.open("/anything/")
    _expect("Taken" in browser.text("h1"), "The project answers as before.")
    browser.open("/admin/")
    for name, value in (("username", "boss"), ("password", PASSWORD)):
        browser.find(f"[name={name}]").send_keys(value)
    browser.follow("Log in")
    strip = browser.find(".signal-inspector-strip-line")
    _expect("signal" in strip.text, f"The strip tells what fired: {strip.text!r}")
    with browser.leaving():
        strip.find_element("css selector", "a").click()
    text = browser.text()
    for name in ("user_logged_in", "update_last_login"):
        _expect(name in text, f"The first trace shows {name}.")
    for path, words in PAGES.items():
        browser.open(path)
        _expect(words in browser.text(), f"{path} shows {words!r}: {browser.text()}")
    browser.open("/signals/traces/")
    _expect(browser.find("h1").value_of_css_property("font-weight") != "400", "The page has its style.")
    complaints = browser.complaints()
    _expect(not complaints, f"The browser complains: {complaints}")


def _expect(true, sentence):
    if not true:
        sys.exit(f"Not so: {sentence}")


def main():
    """Be that stranger, and tell how long it took."""
    wheel, django, python = Path(sys.argv[1]), sys.argv[2], (sys.argv[3:] or [sys.executable])[0]
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        stranger = Stranger(Path(folder), wheel, django, python)
        stranger.start()
        for block in BLOCK.finditer(README.read_text(encoding="utf-8")):
            stranger.follow(*block.groups())
        stranger.type("python manage.py check --fail-level WARNING")
        stranger.type("python manage.py test")
        stranger.check_types()
    print(f"Django {django}: the README is right, after {time.monotonic() - start:.0f} s.")


if __name__ == "__main__":
    main()

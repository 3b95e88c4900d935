#!/usr/bin/env python3
"""
Build the wheel and the sdist of the inspector: ``python distribution/build.py [folder]``, by default ``dist``.

The folder ``signal_inspector`` is copied first, without its tests and whatever lies there unasked, so that nothing
is left in the project that runs from it. What is in the two files is then compared with the folder, and looked
through for modules of the project. Needs build, hatchling and twine of requirements-dev.txt.
"""

import posixpath
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "signal_inspector"
NOT_COPIED = shutil.ignore_patterns("tests", "__pycache__", "*.py[co]", ".*")
NOT_IN_THE_WHEEL = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"}


def build(folder):
    """
    Build both files into a folder.

    Args:
        folder (Path): where they are put; files of the same name are replaced.

    Returns:
        The paths of the wheel and the sdist.

    Raises:
        subprocess.CalledProcessError: where the build fails, or twine finds a fault.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        copy, made = Path(temporary, "signal_inspector"), Path(temporary, "made")
        shutil.copytree(PACKAGE, copy, ignore=NOT_COPIED)
        readme = copy / "README.md"
        address = project().get("urls", {}).get("Repository", "")
        readme.write_text(standing_alone(readme.read_text(encoding="utf-8"), address), encoding="utf-8")
        # The backend is one of the pinned requirements: nothing is fetched for the build.
        _run("build", "--no-isolation", "--outdir", str(made), str(copy))
        wheel, sdist = next(made.glob("*.whl")), next(made.glob("*.tar.gz"))
        _run("twine", "check", "--strict", str(wheel), str(sdist))
        return [Path(shutil.copy2(each, folder)) for each in (wheel, sdist)]


def project():
    """Return the metadata of the package, as its pyproject.toml has them."""
    return tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def standing_alone(text, address):
    """
    Return a README as it is shown where no other file of the repository is: on the page of an index.

    Args:
        text (str): the README, whose links may be relative to the folder of the package.
        address (str): of the repository; "" where none is known. Pictures are left out then, and links are words.
    """

    def changed(found):
        mark, words, target = found.groups()
        if not address:
            return "" if mark else words
        path = posixpath.normpath(f"{PACKAGE.name}/{target}")
        return f"{mark}[{words}]({address}/{'raw' if mark else 'blob'}/HEAD/{path})"

    return re.sub(r"(!?)\[([^]]*)\]\((?!\w+:|#)([^)]*)\)", changed, text)


def faults(wheel, sdist):
    """
    Return what is wrong with the contents of the two files, as sentences.

    Args:
        wheel (Path), sdist (Path): the files.
    """
    files = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*") if path.is_file()}
    files = {name for name in files if not {"tests", "__pycache__"} & set(name.split("/"))}
    base = f"{project()['name'].replace('-', '_')}-{project()['version']}"
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = set(archive.namelist())
        text = b"\n".join(archive.read(name) for name in in_wheel if name.endswith((".py", ".html", ".js")))
    with tarfile.open(sdist) as archive:
        in_sdist = {member.name for member in archive.getmembers() if member.isfile()}
    metadata = {
        f"{base}.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    }
    wanted = {f"signal_inspector/{name}" for name in files - NOT_IN_THE_WHEEL if not name.endswith(".po")}
    yield from _difference("The wheel", in_wheel, wanted | metadata)
    yield from _difference("The sdist", in_sdist, {f"{base}/{name}" for name in {*files, "PKG-INFO"}})
    others = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {PACKAGE.name}
    for name in sorted(others):
        if f"from {name}".encode() in text or f"import {name}".encode() in text:
            yield f"The wheel imports {name}, which is an app of this project."


def _difference(what, found, wanted):
    if more := sorted(found - wanted):
        yield f"{what} has more than it should have: {', '.join(more)}."
    if less := sorted(wanted - found):
        yield f"{what} lacks {', '.join(less)}."


def _run(module, *arguments):
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, stdout=subprocess.DEVNULL)


def main():
    """Build both, and say where they are, or what is wrong with them."""
    made = build(Path(sys.argv[1] if len(sys.argv) > 1 else "dist"))
    if wrong := list(faults(*made)):
        sys.exit("\n".join(wrong))
    for path in made:
        print(f"{path} ({path.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()

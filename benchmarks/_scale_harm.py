"""Faults: each harms a run that goes on, and gives the way to undo what would stay harmful."""

import os
import random
import shutil
import signal
import subprocess
import time
from functools import cache
from pathlib import Path

import psutil

from benchmarks._scale_runs import Run, Server, products, wait, write_raw

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


class Fault:
    """What happens to one run.

    Parameters
    ----------
    rng : random.Random
        The trial's random numbers.
    source : Path
        The folder of a run without faults.
    server : Server
        Where downloads come from.
    """

    bases = ("table", "table", "table", "both")
    """Which of the workflows in `_scale_runs` it may happen to: one is drawn."""
    share: float | None = None
    """Share of the files that are there at the start; None for any."""

    def __init__(self, rng: random.Random, source: Path, server: Server) -> None:
        self.rng = rng
        self.source = source
        self.n_files = len(products(source))
        self.server = server
        self.detail = ""
        """What was done; empty while nothing was, and where it came too late."""
        self.limit: int | None = None  # bytes that a file of the run may have
        self.folder: Path | None = None

    def before(self, directory: Path) -> None:
        """Harm the folder before the run."""

    def during(self, run: Run, process: "subprocess.Popen[bytes]") -> None:
        """Harm the run; return when nothing more happens but its end."""

    def undo(self, directory: Path) -> None:
        """Take away what would stay."""

    def harmed(self, run: Run, status: int, equal: bool) -> bool:
        """Whether the run took harm, from how it ended and whether its results are whole."""
        return bool(self.detail) and status != 0

    def pause(
        self, run: Run, process: "subprocess.Popen[bytes]", part: float = 1.0, more: float = 3.0
    ) -> bool:
        """Wait for a random moment of the run, counted in files that are there, and a little on;
        whether it still goes on.
        """
        there = len(products(run.directory))
        enough = there + int(self.rng.random() * part * (self.n_files - there))
        while process.poll() is None and len(products(run.directory)) < enough:
            time.sleep(0.1)
        end = time.monotonic() + self.rng.uniform(0, more)
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        return process.poll() is None


class KillWorkflow(Fault):
    """Snakemake gets a signal."""

    def during(self, run: Run, process: "subprocess.Popen[bytes]") -> None:
        number = self.rng.choice(SIGNALS)
        if self.pause(run, process):
            self.detail = number.name
            process.send_signal(number)


class KillJob(Fault):
    """One job gets a signal."""

    def during(self, run: Run, process: "subprocess.Popen[bytes]") -> None:
        number = self.rng.choice(SIGNALS)
        self.pause(run, process)
        while process.poll() is None:
            for job in jobs(process.pid):
                self.detail = f"{number.name} {job[1]}"
                try:
                    job[0].send_signal(number)
                except psutil.Error:
                    continue
                return
            time.sleep(0.02)


class FullDisk(Fault):
    """The disk has room for a part of what the run writes, no more."""

    def before(self, directory: Path) -> None:
        if not may_mount():
            self.limit = int(10 ** self.rng.uniform(2, 5))
            self.detail = f"files of at most {self.limit} bytes, as this user may not mount"
            return
        used = _occupied(directory)
        lacking = max(_occupied(self.source) - used, 0.0)
        size = used + 0.02 + self.rng.uniform(0.0, 0.8) * lacking
        self.detail = f"tmpfs of {size:.2f} MB where {used + lacking:.2f} are written"
        kept = directory.with_name("kept")
        directory.rename(kept)
        directory.mkdir()
        mount("-t", "tmpfs", "-o", f"size={int(size * 1e6)}", "neuro-faults", str(directory))
        shutil.copytree(kept, directory, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(kept)

    def undo(self, directory: Path) -> None:
        if self.limit is None:
            mount("-o", "remount,size=500m", str(directory))


class ReadOnly(Fault):
    """A folder becomes read-only: by a bind mount, since root may write whatever the mode."""

    def during(self, run: Run, process: "subprocess.Popen[bytes]") -> None:
        self.pause(run, process)
        folders = ["results", "data", "results/net", "results/table", ".snakemake", "results/logs"]
        there = [run.directory / name for name in folders if (run.directory / name).is_dir()]
        if not there:
            return
        self.folder = self.rng.choice(there)
        how = "bind mount" if may_mount() else "mode"
        self.detail = f"{self.folder.relative_to(run.directory)}, {how}"
        if not may_mount():
            self.folder.chmod(0o555)
        else:
            mount("--bind", str(self.folder), str(self.folder))
            mount("-o", "remount,ro,bind", str(self.folder))

    def undo(self, directory: Path) -> None:
        if self.folder is None:
            return
        if not may_mount():
            self.folder.chmod(0o755)
        else:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


class Damage(Fault):
    """A file that a job made is cut short, or other bytes are in it."""

    left: tuple[Path, bytes] = (Path(), b"")
    """The file, and what it was made."""

    def during(self, run: Run, process: "subprocess.Popen[bytes]") -> None:
        self.pause(run, process)
        if self.rng.random() < 0.3:
            wait(process)
        while process.poll() is None and not products(run.directory):
            time.sleep(0.05)
        for _ in range(20):
            files = products(run.directory)
            try:
                if files and self.harm(self.rng.choice(files), run.directory):
                    return
            except FileNotFoundError:
                continue  # a job has just moved it

    def harmed(self, run: Run, status: int, equal: bool) -> bool:
        """Unless its job wrote the file anew in the same run, it stays damaged."""
        path, damaged = self.left
        return bool(self.detail) and (
            status != 0 or not equal or (path.is_file() and path.read_bytes() == damaged)
        )

    def harm(self, path: Path, directory: Path) -> bool:
        """Cut a file, or change bytes of it; whether it had any."""
        size = path.stat().st_size
        if not size:
            return False
        where = self.rng.randrange(size)
        with path.open("r+b") as file:
            if cut := self.rng.random() < 0.5:
                file.truncate(where)
            else:
                file.seek(where)
                old = file.read(64)
                file.seek(where)
                file.write(bytes(byte ^ 0x2A for byte in old))
        self.left = path, path.read_bytes()
        self.detail = f"{'cut' if cut else 'bytes'} {path.relative_to(directory)} at {where}"
        return True


class ChangeInput(Fault):
    """A raw file becomes another one while the run goes on."""

    bases = ("in place",)

    def during(self, run: Run, process: "subprocess.Popen[bytes]") -> None:
        if self.pause(run, process):
            self.detail = "while it ran"
        write_raw(run.directory, seed=2)

    def harmed(self, run: Run, status: int, equal: bool) -> bool:
        """If the run read only the new file, its results are those of the new file."""
        return bool(self.detail) and (status != 0 or not equal)


class Network(Fault):
    """Downloads are refused, cut off, or bring other bytes."""

    bases = ("table",)
    share = 0.0
    planned = left = 0
    """Breaks that were planned, and those that were not met."""

    def before(self, directory: Path) -> None:
        kinds = self.rng.choices(["refuse", "cut", "garble"], k=self.rng.randint(1, 8))
        breaks = [(kind, self.rng.random() if kind == "cut" else 1.0) for kind in kinds]
        self.server.breaks = breaks
        self.planned = len(breaks)
        self.detail = " ".join(kinds)

    def undo(self, directory: Path) -> None:
        self.left, self.server.breaks = len(self.server.breaks), []

    def harmed(self, run: Run, status: int, equal: bool) -> bool:
        """A download that broke off and went on in the same run was harmed too."""
        return self.left < self.planned


class SecondRun(Fault):
    """Another run is started in the folder."""

    def during(self, run: Run, process: "subprocess.Popen[bytes]") -> None:
        # The second needs seconds to come as far as the lock.
        if not self.pause(run, process, part=0.6, more=1.0):
            return
        told = run.directory.parent / f"{run.directory.name}.txt"
        first = told.with_name("first.txt")
        told.rename(first)
        self.second = run.finish()
        self.detail = f"second ended with {self.second}" + (
            ", locked" if "cannot be locked" in run.told() else ""
        )

    def harmed(self, run: Run, status: int, equal: bool) -> bool:
        """A second run that comes after the first is none."""
        return bool(self.detail) and (self.second != 0 or status != 0)


FAULTS: dict[str, type[Fault]] = {
    "kill workflow": KillWorkflow,
    "kill job": KillJob,
    "disk full": FullDisk,
    "read-only folder": ReadOnly,
    "damaged file": Damage,
    "changed input": ChangeInput,
    "broken download": Network,
    "second run": SecondRun,
}


def _occupied(directory: Path) -> float:
    """Whole pages that the files of a folder take, MB."""
    sizes = [path.stat().st_size for path in directory.rglob("*") if path.is_file()]
    return sum(-(-size // 4096) for size in sizes) * 4096 / 1e6


def jobs(pid: int) -> list[tuple[psutil.Process, str]]:
    """Running jobs below a Snakemake, with their scripts."""
    found = []
    try:
        for child in psutil.Process(pid).children(recursive=True):
            scripts = [word for word in child.cmdline() if "/.snakemake/scripts/" in word]
            if scripts and Path(child.exe()).name.startswith("python"):
                found.append((child, Path(scripts[0]).suffixes[0].lstrip(".")))
    except psutil.Error:
        pass
    return found


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def unmount_all(directory: Path) -> None:
    """Unmount what a trial left mounted below a folder, the deepest first."""
    lines = Path("/proc/self/mounts").read_text().splitlines()
    points = [line.split()[1] for line in lines]
    for point in sorted((p for p in points if Path(p).is_relative_to(directory)), reverse=True):
        subprocess.run(["umount", "--lazy", point], check=False)


@cache
def may_mount() -> bool:
    """Whether this user may mount."""
    return (
        os.geteuid() == 0
        and subprocess.run(
            ["unshare", "--mount", "true"], check=False, capture_output=True
        ).returncode
        == 0
    )

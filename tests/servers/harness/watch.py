"""What a process holds while it runs: memory, descriptors, threads, and files in its folder."""

from __future__ import annotations

import dataclasses
import pathlib
import re


@dataclasses.dataclass(frozen=True)
class Sample:
    """What a process holds at one time."""

    kib: int
    descriptors: int
    threads: int
    files: int

    @classmethod
    def of(cls, pid: int, folder: pathlib.Path | None = None) -> Sample:
        """Looks at a process, and counts the files below a folder that only it uses."""
        proc = pathlib.Path(f"/proc/{pid}")
        status = (proc / "status").read_text()

        def field(name: str) -> int:
            found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
            return int(found[1]) if found else 0

        descriptors = sum(1 for _ in (proc / "fd").iterdir())
        files = sum(path.is_file() for path in folder.rglob("*")) if folder else 0
        return cls(field("VmRSS"), descriptors, field("Threads"), files)


# What may be added between the second and the last quarter of a run, and for memory the share.
MORE = {"descriptors": 8, "threads": 2, "files": 1}
MORE_KIB, MORE_SHARE = 4096, 0.1


def growth(samples: list[Sample]) -> list[str]:
    """Returns what has grown from the second quarter of a run to the last one."""
    quarter = len(samples) // 4
    if quarter == 0:
        return [f"only {len(samples)} samples"]
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]

    grown = []
    before, after = (max(sample.kib for sample in of) for of in (early, late))
    if after > before * (1 + MORE_SHARE) + MORE_KIB:
        grown.append(f"memory from {before} to {after} KiB")
    for name, more in MORE.items():
        before, after = (most(of, name) for of in (early, late))
        if after > before + more:
            grown.append(f"{name} from {before} to {after}")
    return grown


def most(samples: list[Sample], name: str) -> int:
    """Returns the most that a process has held of one kind."""
    return max(getattr(sample, name) for sample in samples)


def describe(samples: list[Sample]) -> str:
    """Describes the most that a process has held."""
    held = [most(samples, field.name) for field in dataclasses.fields(Sample)]
    return "at most {} KiB, {} descriptors, {} threads, {} files".format(*held)

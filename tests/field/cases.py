"""The field cases that are command lines, as the files of command_lines have them."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import tomllib
import typing
from collections.abc import Iterator
from typing import Any

from store import Response

FOLDER = pathlib.Path(__file__).resolve().parent
# Far more than any case needs, since the machine may be busy; an open one may never end.
SECONDS_PER_CASE, SECONDS_PER_OPEN_CASE = 60, 10


@dataclasses.dataclass
class Case:
    """A case as the file has it."""

    name: str
    source: str
    run: str
    # What is there before.
    env: dict[str, str] = dataclasses.field(default_factory=dict)
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    objects: dict[str, str] = dataclasses.field(default_factory=dict)
    responses: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    keys: bool = True
    sandbox: bool = False
    # What must be so afterwards.
    exit: int = 0
    stdout: str | None = None
    prints: list[str] = dataclasses.field(default_factory=list)
    prints_not: list[str] = dataclasses.field(default_factory=list)
    asked: list[str] = dataclasses.field(default_factory=list)
    asked_not: list[str] = dataclasses.field(default_factory=list)
    holds: dict[str, str] | None = None
    # Why it does not hold yet.
    open: str = ""

    def seconds(self) -> int:
        """How long it may take."""
        return SECONDS_PER_OPEN_CASE if self.open else SECONDS_PER_CASE


@dataclasses.dataclass
class Cases:
    """All cases by the names that the table gives them, and what is wrong with the files."""

    by_name: dict[str, Case] = dataclasses.field(default_factory=dict)
    wrong: list[str] = dataclasses.field(default_factory=list)


def read(folder: pathlib.Path = FOLDER / "command_lines") -> Cases:
    """Reads all files, in the order of their names."""
    cases = Cases()
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        cases.wrong.append(f"{folder} has no file *.toml")
    for path in paths:
        try:
            document = tomllib.loads(path.read_text())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            cases.wrong.append(f"{path.name}: {error}")
            continue
        tables = document.pop("case", [])
        cases.wrong += [
            f"{path.name}: there is {name!r} beside the tables [[case]]" for name in document
        ]
        if not isinstance(tables, list) or not tables:
            cases.wrong.append(f"{path.name}: there is no table [[case]]")
            continue
        for number, fields in enumerate(tables, 1):
            add(cases, path.name, number, fields)
    return cases


def add(cases: Cases, file: str, number: int, fields: Any) -> None:
    """Adds a case, or what is wrong with it."""
    name = fields.get("name") if isinstance(fields, dict) else None
    label = f"{file}: {name!r}" if isinstance(name, str) else f"{file}: case {number}"
    wrong = list(mistakes(Case, fields))
    if not wrong:
        case = Case(**fields)
        wrong += [
            f"{field} is empty"
            for field in ("name", "source", "run")
            if not getattr(case, field).strip()
        ]
        for response in case.responses:
            wrong += [
                f"a response: {mistake}"
                for mistake in mistakes(Response, response) or expression(response["to"])
            ]
        full_name = f"command_lines/{file}::{name}"
        if full_name in cases.by_name:
            wrong.append("another case has this name")
        cases.by_name.setdefault(full_name, case)
    cases.wrong += [f"{label}: {mistake}" for mistake in wrong]


def mistakes(kind: type, fields: Any) -> list[str]:
    """What is wrong with the fields of a table that is to become a `kind`."""
    if not isinstance(fields, dict):
        return [f"it is {fields!r}, not a table"]
    types = typing.get_type_hints(kind)
    required = [
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    wrong = [
        f"there is no field {name!r}; the fields are {', '.join(types)}"
        for name in fields
        if name not in types
    ]
    wrong += [f"{name} is missing" for name in required if name not in fields]
    return wrong + [
        f"{name} is {value!r}, not {words(types[name])}"
        for name, value in fields.items()
        if name in types and not fits(value, types[name])
    ]


def fits(value: object, kind: Any) -> bool:
    """Whether a value has a type."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return True
    if origin is list:
        return isinstance(value, list) and all(fits(item, parts[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(fits(item, parts[1]) for item in value.values())
    if parts:
        return any(fits(value, part) for part in parts if part is not type(None))
    # In Python, `True` is an `int`.
    return type(value) is kind


def words(kind: Any) -> str:
    """A type in words."""
    parts = [part for part in typing.get_args(kind) if part is not type(None)]
    if typing.get_origin(kind) is list:
        return "a list of tables" if parts[0] is not str else "a list of strings"
    if typing.get_origin(kind) is dict:
        return "a table of strings"
    return {str: "a string", bool: "true or false", int: "a whole number"}.get(kind) or words(
        parts[0]
    )


def expression(text: str) -> Iterator[str]:
    """What is wrong with a regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        yield f"to is no regular expression: {error}"

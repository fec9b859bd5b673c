"""The payloads that are JSON, for mypy. Made from src/wire/json-messages.ts by npm run docs.

Nothing imports this module at run time.
"""

from typing import List, Literal, Optional, TypedDict

Carries = Literal["requests", "answers", "lifeline", "output", "orders"]


class Hello(TypedDict):
    id: int
    token: str
    pid: int
    carries: Literal["requests", "answers", "lifeline", "output", "orders"]


class LeftPath(TypedDict):
    below: str
    exact: bool
    why: str


class _ReportedMount(TypedDict):
    url: str
    root: str
    kind: Literal["static", "media"]


class ReportedMount(_ReportedMount, total=False):
    relative: bool
    left: List[LeftPath]


class _WorkerFacts(TypedDict):
    runtime: str
    python: str
    version: str
    importMs: float


class WorkerFacts(_WorkerFacts, total=False):
    greenlets: str
    django: str
    static: List[ReportedMount]
    scriptName: str
    forced: str
    forcedInUrls: bool
    host: str
    secure: bool
    warnings: List[str]


class Imported(TypedDict):
    threads: List[str]
    open: List[str]
    once: List[str]


class WorkerFailure(TypedDict):
    code: str
    message: str
    trace: str
    python: str


class WorkerRecord(TypedDict):
    level: str
    text: str


class _Forked(TypedDict):
    id: int
    pid: int


class Forked(_Forked, total=False):
    error: str


class Exited(TypedDict):
    pid: int
    code: Optional[int]
    signal: Optional[str]


class CallFailed(TypedDict):
    status: float
    code: str
    message: str


class WorkerStartUp(TypedDict):
    id: int
    token: str
    parent: int
    socket: str
    stacks: str
    stackSignal: int
    output: str
    target: str
    project: str
    hooks: str
    page: str
    threads: int
    multiprocess: bool
    strictHeaders: bool


class ZygoteStartUp(TypedDict):
    id: int
    token: str
    parent: int
    socket: str
    stacks: str
    stackSignal: int
    output: str
    target: str
    project: str
    hooks: str
    zygote: bool
    always: bool

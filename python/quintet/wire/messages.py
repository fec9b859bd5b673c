from typing import Any, Dict, List, Literal, TypedDict

Carries = Literal["requests", "answers", "lifeline", "output", "orders"]
Hello = Dict[str, Any]


class WorkerFacts(TypedDict, total=False):
    runtime: str
    python: str
    version: str
    importMs: float
    greenlets: str
    django: str
    static: List[Any]
    scriptName: str
    forced: str
    forcedInUrls: bool
    host: str
    secure: bool
    warnings: List[Any]


WorkerFailure = Dict[str, Any]

"""The part of a target after the colon: it names an application, or a factory that creates one."""

from __future__ import annotations

import ast
import inspect
from typing import Any, Callable, Dict, List, NamedTuple, NoReturn, Optional, Tuple

from ..shared.standard_streams import complain
from .callables import binds, is_asynchronous, is_factory, signature_of
from .load_error import LoadError, brief, short_traceback

Application = Callable[..., Any]


class Expression(NamedTuple):
    """``attribute``, ``Holder.attribute`` or a call of one with literals: ``create_app("shop", debug=True)``."""

    text: str
    path: List[str]
    call: Optional[Tuple[List[Any], Dict[str, Any]]]


def find_application(module: Any, name: str, text: str) -> Application:
    """The WSGI application that the expression names in the module. Raises LoadError if there is none."""
    expression = _parse(text, name)
    found = _attribute(module, name, expression.path)
    where = "%s:%s" % (name, ".".join(expression.path))
    _check_callable(found, where)
    call = expression.call
    if call is None:
        if is_asynchronous(found) or not is_factory(found):
            _check(found, where)
            _hint(found, where)
            return found  # type: ignore[no-any-return]
        call = ([], {})
    made = _make(found, where, call)
    subject = "What %s() returned" % where
    _check_callable(made, subject)
    _check(made, subject)
    return made  # type: ignore[no-any-return]


def _parse(text: str, name: str) -> Expression:
    """Parse as Gunicorn does, and allow dots. Only literals are evaluated."""
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        _refuse("%s:%s does not name an attribute or a call, such as create_app()." % (name, text))
    call: Optional[Tuple[List[Any], Dict[str, Any]]] = None
    if isinstance(node, ast.Call):
        try:
            keywords = {str(each.arg): ast.literal_eval(each.value) for each in node.keywords if each.arg is not None}
            if len(keywords) < len(node.keywords):
                raise ValueError("**")
            call = ([ast.literal_eval(argument) for argument in node.args], keywords)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            _refuse(
                "The arguments in %s:%s are not all literals. Allowed are strings, numbers, True, False, None,"
                ' and lists, tuples and dictionaries of them: create_app("shop", debug=True)' % (name, text)
            )
        node = node.func
    path: List[str] = []
    while isinstance(node, ast.Attribute):
        path.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        _refuse("%s:%s does not name an attribute or a call, such as create_app()." % (name, text))
    return Expression(text, [node.id, *path], call)


def _attribute(module: Any, name: str, path: List[str]) -> Any:
    found = module
    for part in path:
        if not hasattr(found, part):
            message = "The module %r has no %r. %s" % (name, ".".join(path), _what_instead(module, name))
            raise LoadError("QUINTET_NO_APPLICATION", message)
        found = getattr(found, part)
    return found


def _make(factory: Any, where: str, call: Tuple[List[Any], Dict[str, Any]]) -> Any:
    """What the factory returns."""
    arguments, keywords = call
    try:
        made = factory(*arguments, **keywords)
    except BaseException as error:
        # A TypeError raised by the call itself means that the arguments do not fit.
        inside = error.__traceback__ is not None and error.__traceback__.tb_next is not None
        if isinstance(error, TypeError) and not inside:
            _refuse("%s cannot be called like that: %s" % (where, error))
        message = "The factory %s raises: %s" % (where, brief(error))
        raise LoadError("QUINTET_FACTORY_FAILED", message, short_traceback(error)) from None
    if made is None:
        _refuse("The factory %s returned None. Does it lack `return app`?" % where)
    if inspect.iscoroutine(made):
        made.close()  # otherwise Python warns that it was never awaited
        _refuse("The factory %s is asynchronous. A factory is a plain function that returns the application." % where)
    return made


def _check_callable(found: Any, subject: str) -> None:
    if not callable(found):
        _refuse("%s is %s, which cannot be called." % (subject, type(found).__name__))


def _check(application: Any, subject: str) -> None:
    """Raise LoadError for an object that is certainly not a WSGI application."""
    signature = signature_of(application)
    asynchronous = is_asynchronous(application)
    if not asynchronous and (signature is None or binds(signature, 2)):
        return
    first = next(iter(signature.parameters), "") if signature else ""
    raise LoadError("QUINTET_NOT_WSGI", subject + (_ASGI if asynchronous or first == "scope" else _OTHER % signature))


_ASGI = (
    " is an ASGI application. Quintet serves WSGI applications: they are called with (environ, start_response)."
    " For Django, serve the project's wsgi.py; for other frameworks, a2wsgi converts it: a2wsgi.ASGIMiddleware(app)"
)
_OTHER = (
    " is called with %s, so it is not a WSGI application: those are called with (environ, start_response)."
    " If it is a factory that takes arguments, pass them in the target: shop:create_app('production')"
)


def _refuse(message: str) -> NoReturn:
    raise LoadError("QUINTET_NO_APPLICATION", message)


def _hint(found: Any, where: str) -> None:
    """Hint at a possible factory: `create_app(config=None, testing=False)` could be called either way."""
    signature = signature_of(found)
    if signature is None or not binds(signature, 0):
        return
    first = next(iter(signature.parameters.values()))
    if first.kind is not first.VAR_POSITIONAL and not first.name.lstrip("_").startswith("env"):
        message = "quintet: %s%s is served as a WSGI application. If it is a factory, say so: %s()"
        complain(message % (where, signature, where))


def _what_instead(module: Any, name: str) -> str:
    own = [
        key
        for key, value in vars(module).items()
        if not key.startswith("_") and callable(value) and getattr(value, "__module__", name) in (name, None)
    ]
    others = [
        key
        for key, value in vars(module).items()
        if not key.startswith("_") and callable(value) and not isinstance(value, type) and key not in own
    ]
    callables = (own + others)[:8]
    if not callables:
        return "It has nothing that can be called."
    return "It has: %s. Name one as %s:%s" % (", ".join(callables), name, callables[0])

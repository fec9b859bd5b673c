"""Finds the routes of a Django project below a path. The front leaves requests that match them to the project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Iterator, List, Tuple

from .regex_prefixes import Beginning, beginnings

if TYPE_CHECKING:
    from ...wire.messages import LeftPath

# If a path has more routes, all of it is left to the project.
_MAX_ROUTES = 50
_MAX_SHOWN_CHARACTERS = 200

# The literal beginning of a regular expression without branches.
_PLAIN = re.compile(r"\^?([A-Za-z0-9_/-]*)(.?)")


def routes_below(prefix: str) -> List[LeftPath]:
    """The routes below ``prefix``, such as ``media/``."""
    from django.urls import get_resolver

    found: List[LeftPath] = []
    for beginning, whole, why in _walk(get_resolver().url_patterns, prefix, "", ""):
        below = beginning[len(prefix) :]
        if below == "" and not whole:
            return [{"below": "", "exact": False, "why": why}]
        if below != "":  # the path of the folder itself names no file
            found.append({"below": below, "exact": whole, "why": why})
    if len(found) > _MAX_ROUTES:
        return [{"below": "", "exact": False, "why": "%d routes, such as %s" % (len(found), found[0]["why"])}]
    return found


def begin_with(segments: str) -> bool:
    """Whether a route begins with these segments of a path, such as ``shop``; ``shopping/`` does not."""
    from django.urls import get_resolver

    name = segments.lower()
    found = _walk(get_resolver().url_patterns, segments, "", "")
    return any((beginning.lower() + "/").startswith(name + "/") for beginning, _, _ in found)


def _walk(patterns: Any, prefix: str, before: str, shown: str) -> Iterator[Tuple[str, bool, str]]:
    """Each route that begins with the prefix: its beginning, whether that is all of it, and its description.

    A catch-all does not count, because it is only for paths that nothing else matches.
    """
    for each in patterns:
        nested = getattr(each, "url_patterns", None)
        text = str(each.pattern)
        if not _may_begin(each.pattern, text, prefix[len(before) :]):
            continue
        for part, whole in _beginnings(each.pattern):
            beginning = before + part
            # The route may ignore case.
            begins = beginning.lower().startswith(prefix.lower())
            if whole and nested is not None:
                if begins or prefix.lower().startswith(beginning.lower()):
                    yield from _walk(nested, prefix, beginning, shown + text)
            elif begins:
                yield beginning, whole, _describe(each, shown + text)
            elif not whole and beginning + "/" == prefix:
                yield prefix, False, _describe(each, shown + text)


def _may_begin(pattern: Any, text: str, rest: str) -> bool:
    """A quick check by the literal text: a project may have thousands of routes."""
    if not hasattr(pattern, "_is_endpoint") or "|" in text:
        return True
    if hasattr(pattern, "_route"):
        plain = text.partition("<")[0]
    else:
        found = _PLAIN.match(text)
        plain, after = found.groups() if found else ("", "")
        # A quantifier may repeat the last letter, or drop it.
        plain = plain[:-1] if after and after in "?*+{" else plain
    plain, rest = plain.lower(), rest.lower()
    return plain.startswith(rest) or rest.startswith(plain)


def _beginnings(pattern: Any) -> List[Beginning]:
    if hasattr(pattern, "prefix_default_language"):
        from django.conf import settings

        languages = [code + "/" for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        default = settings.LANGUAGE_CODE + "/" if pattern.prefix_default_language else ""
        return [(each, True) for each in [default, *languages]]
    if not hasattr(pattern, "regex"):  # a custom kind of route
        return [("", False)]
    regex = pattern.regex.pattern
    found = beginnings(regex)
    # A regular expression without an end matches whatever follows.
    ends = hasattr(pattern, "_route") or regex.endswith(("$", "\\Z", "\\z"))
    if ends or not getattr(pattern, "_is_endpoint", False):
        return found
    return [(text, False) for text, _ in found]


def _describe(route: Any, text: str) -> str:
    text = "route %s" % (text if len(text) <= _MAX_SHOWN_CHARACTERS else text[:_MAX_SHOWN_CHARACTERS] + "…")
    try:
        return "%s (%s)" % (text, route.lookup_str)
    except Exception:  # an include, or a view without a name
        return text

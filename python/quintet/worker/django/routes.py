"""The routes of a Django project that begin with a path: the project answers what they match, not the front."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Iterator, List, Tuple

from .regex_prefixes import Beginning, beginnings

if TYPE_CHECKING:
    from ...wire.messages import LeftPath

# Routes below one path that are told one by one; of a path with more, all is the project's.
_MOST = 50
# Characters of a route that are shown.
_SHOWN = 200

# With what a regular expression surely begins. Where there is a branch that is not known.
_PLAIN = re.compile(r"\^?([A-Za-z0-9_/-]*)(.?)")


def routes_below(prefix: str) -> List[LeftPath]:
    """The routes below ``prefix``, such as ``media/``: how each goes on, whether that is all, and what it is."""
    from django.urls import get_resolver

    found: List[LeftPath] = []
    for beginning, whole, why in _walk(get_resolver().url_patterns, prefix, "", ""):
        below = beginning[len(prefix) :]
        if below == "" and not whole:
            return [{"below": "", "exact": False, "why": why}]
        if below != "":  # no file has the name of the folder
            found.append({"below": below, "exact": whole, "why": why})
    if len(found) > _MOST:
        return [{"below": "", "exact": False, "why": "%d routes, such as %s" % (len(found), found[0]["why"])}]
    return found


def begin_with(segments: str) -> bool:
    """Whether a route begins with these segments of a path, such as ``shop``; ``shopping/`` does not."""
    from django.urls import get_resolver

    name = segments.lower()
    found = _walk(get_resolver().url_patterns, segments, "", "")
    return any((beginning.lower() + "/").startswith(name + "/") for beginning, _, _ in found)


def _walk(patterns: Any, prefix: str, before: str, shown: str) -> Iterator[Tuple[str, bool, str]]:
    """Each route that begins with the prefix. A catch-all does not: it is for what nothing else is for."""
    for each in patterns:
        nested = getattr(each, "url_patterns", None)
        text = str(each.pattern)
        if not _may_begin(each.pattern, text, prefix[len(before) :]):
            continue
        for part, whole in _beginnings(each.pattern):
            beginning = before + part
            # It may be one that does not tell capital letters from small ones.
            begins = beginning.lower().startswith(prefix.lower())
            if whole and nested is not None:
                if begins or prefix.lower().startswith(beginning.lower()):
                    yield from _walk(nested, prefix, beginning, shown + text)
            elif begins:
                yield beginning, whole, _describe(each, shown + text)
            elif not whole and beginning + "/" == prefix:
                yield prefix, False, _describe(each, shown + text)


def _may_begin(pattern: Any, text: str, rest: str) -> bool:
    """A quick look, for a project may have thousands of routes: most begin with another letter."""
    if not hasattr(pattern, "_is_endpoint") or "|" in text:
        return True
    if hasattr(pattern, "_route"):
        plain = text.partition("<")[0]
    else:
        found = _PLAIN.match(text)
        plain, after = found.groups() if found else ("", "")
        # The last letter may be none, or one of several.
        plain = plain[:-1] if after and after in "?*+{" else plain
    plain, rest = plain.lower(), rest.lower()
    return plain.startswith(rest) or rest.startswith(plain)


def _beginnings(pattern: Any) -> List[Beginning]:
    if hasattr(pattern, "prefix_default_language"):
        from django.conf import settings

        languages = [code + "/" for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        default = settings.LANGUAGE_CODE + "/" if pattern.prefix_default_language else ""
        return [(each, True) for each in [default, *languages]]
    if not hasattr(pattern, "regex"):  # a kind of route that somebody has made
        return [("", False)]
    regex = pattern.regex.pattern
    found = beginnings(regex)
    # Without an end to it a regular expression is looked for, and what follows is anything.
    ends = hasattr(pattern, "_route") or regex.endswith(("$", "\\Z", "\\z"))
    if ends or not getattr(pattern, "_is_endpoint", False):
        return found
    return [(text, False) for text, _ in found]


def _describe(route: Any, text: str) -> str:
    text = "route %s" % (text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
    try:
        return "%s (%s)" % (text, route.lookup_str)
    except Exception:  # an include, or a view that has no name
        return text

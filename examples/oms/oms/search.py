from django.http import HttpRequest


def search_query(request: HttpRequest) -> str:
    """What is searched for, by `?q=`; without NULs, which PostgreSQL refuses in any text."""
    return request.GET.get("q", "").replace("\0", "").strip()

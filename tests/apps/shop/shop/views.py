import hashlib

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse


def index(request):
    return JsonResponse(
        {
            "sign": settings.SIGN,
            "script_name": request.META["SCRIPT_NAME"],
            "path": request.path,
            "path_info": request.path_info,
            "request_uri": request.META.get("REQUEST_URI"),
            "query": request.GET.dict(),
            "orders": reverse("orders"),
            "stylesheet": static("shop.css"),
            "absolute": request.build_absolute_uri(),
        }
    )


def orders(request):
    response = HttpResponse("orders")
    response.set_cookie("seen", "orders")
    return response


def order(request, number):
    return HttpResponse("order %d at %s" % (number, request.path))


def buy(request):
    """Take what is sent, and lead on to it."""
    if request.method != "POST":
        return HttpResponse(status=405)
    name = request.POST.get("name", "")
    response = redirect("order", number=len(name))
    response.set_cookie("bought", name)
    return response


def upload(request):
    file = request.FILES["file"]
    digest = hashlib.sha256(file.read()).hexdigest()
    return JsonResponse({"name": file.name, "size": file.size, "sha256": digest, "note": request.POST.get("note")})

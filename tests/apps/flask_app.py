"""A Flask application; `app` is its name in most of Flask's documentation, `application` that of PEP 3333's servers."""

from flask import Flask, Response, request

app = Flask(__name__)
application = app


@app.get("/")
def hello():
    return "Hello from Flask\n"


@app.post("/form")
def form():
    return {"name": request.form["name"], "files": [each.filename for each in request.files.values()]}


@app.get("/stream")
def stream():
    return Response((f"{number}\n" for number in range(3)), mimetype="text/plain")


def create_app():
    return app

"""The application of the table of PEP 3333: one view a path, each right or wrong in one way. See pep_views."""

from wsgiref.validate import validator

from pep_views import body, closing, files, head, seen, streams, unruly
from pep_views.visit import Visit

VIEWS = {}
for module in (body, closing, files, head, seen, streams, unruly):
    VIEWS.update(module.VIEWS)


class Application:
    """An instance with nothing but __call__, which is as good an application as a function is."""

    __slots__ = ()

    def __call__(self, *arguments, **keywords):
        environ, start_response = arguments
        visit = Visit(environ)
        if keywords:
            visit.note("keywords")
        name = environ.get("PATH_INFO", "")[1:]
        if name.startswith("validated/"):
            return Checked(visit, VIEWS[name[10:]], environ, start_response)
        view = VIEWS.get(name) or seen.environ
        return view(visit, environ, start_response)


class Checked:
    """What a view inside wsgiref.validate returns; what that finds is noted."""

    def __init__(self, visit, view, environ, start_response):
        self.visit = visit
        checked = validator(lambda environ, start_response: view(visit, environ, start_response))
        self.result = self.noting(checked, environ, start_response)

    def noting(self, call, *arguments):
        try:
            return call(*arguments)
        except StopIteration:
            raise
        except BaseException as error:
            self.visit.note("%s: %s" % (type(error).__name__, error))
            raise

    def __iter__(self):
        return self

    def __next__(self):
        return self.noting(next, self.result)

    def close(self):
        self.result.close()


application = Application()

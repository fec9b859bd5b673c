// Middleware around a Python application that says in which thread it runs.
import { getPythonApplication } from "quintet/python";
import { validator } from "quintet/validator";
import type { WsgiApplication } from "quintet/wsgi";

const python = getPythonApplication("thread_name:application", {
  project: import.meta.dirname,
});

export const application: WsgiApplication = validator((environ, startResponse) =>
  python(environ, startResponse),
);

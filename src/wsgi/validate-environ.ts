import type { Environ } from "./types.ts";
import { WsgiViolation } from "./violation.ts";

const VARIABLES = "environ Variables";
const TEXTS = [
  "REQUEST_METHOD",
  "SERVER_NAME",
  "SERVER_PORT",
  "SERVER_PROTOCOL",
  "wsgi.url_scheme",
];
const FLAGS = ["wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"];

/** @throws {WsgiViolation} if the server, or middleware, has left a variable out or set it wrong */
export function checkEnviron(environ: Environ): void {
  if (typeof environ !== "object" || environ === null || Array.isArray(environ)) {
    throw new WsgiViolation(VARIABLES, "The environ is not an object");
  }
  for (const name of TEXTS) {
    if (typeof environ[name] !== "string") throw new WsgiViolation(VARIABLES, `${name} is missing`);
  }
  for (const name of FLAGS) {
    if (typeof environ[name] !== "boolean") {
      throw new WsgiViolation(VARIABLES, `${name} is missing or not a boolean`);
    }
  }
  if (!Array.isArray(environ["wsgi.version"])) {
    throw new WsgiViolation(VARIABLES, "wsgi.version is missing");
  }
  for (const name of ["HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"]) {
    if (name in environ)
      throw new WsgiViolation(VARIABLES, `${name} is named ${name.slice(5)} in an environ`);
  }
  for (const [name, value] of Object.entries(environ)) {
    if (!name.includes(".")) checkText(name, value);
  }
  checkPath(environ);
  checkStreams(environ);
}

function checkText(name: string, value: unknown): void {
  if (typeof value !== "string") {
    throw new WsgiViolation(VARIABLES, `${name} is a ${typeof value}, not a string`);
  }
  for (let index = 0; index < value.length; index += 1) {
    if (value.charCodeAt(index) > 255) {
      const message = `${name} has a character above U+00FF, at ${index}`;
      throw new WsgiViolation("A Note On String Types", message);
    }
  }
}

function checkPath(environ: Environ): void {
  const { SCRIPT_NAME: script = "", PATH_INFO: path = "" } = environ;
  if (script === "/") {
    throw new WsgiViolation(
      VARIABLES,
      'SCRIPT_NAME is "/"; at the root it is empty and PATH_INFO is "/"',
    );
  }
  if (script && !script.startsWith("/")) {
    throw new WsgiViolation(VARIABLES, `SCRIPT_NAME does not begin with a slash: ${script}`);
  }
  if (path && !path.startsWith("/")) {
    throw new WsgiViolation(VARIABLES, `PATH_INFO does not begin with a slash: ${path}`);
  }
  if (!script && !path)
    throw new WsgiViolation(VARIABLES, "SCRIPT_NAME and PATH_INFO are both empty");
  const { CONTENT_LENGTH: length } = environ;
  if (length && !/^\d+$/.test(length)) {
    throw new WsgiViolation(VARIABLES, `CONTENT_LENGTH is not a number: ${length}`);
  }
}

function checkStreams(environ: Environ): void {
  const section = "Input and Error Streams";
  const input = environ["wsgi.input"];
  if (typeof input?.read !== "function")
    throw new WsgiViolation(section, "wsgi.input has no read()");
  const errors = environ["wsgi.errors"];
  for (const name of ["write", "writelines", "flush"] as const) {
    if (typeof errors?.[name] !== "function") {
      throw new WsgiViolation(section, `wsgi.errors has no ${name}()`);
    }
  }
}

import { join } from "node:path";
import { command, root } from "../testing/paths.ts";
import { hostsEnvironment, hostsPython } from "../peers/environment.ts";

/** Where a server is to run an application of conformance/apps. */
export interface Start {
  port: number;
  /** The module, without its extension. */
  app: string;
  /** For what the server itself wants to write. */
  scratch: string;
}

/** A server under comparison. */
export interface Server {
  id: string;
  title: string;
  language: "python" | "typescript";
  /** The package whose version is printed; Quintet's own is in package.json. */
  distribution?: string;
  /** The page of its own documentation that the command follows. */
  docs: string;
  /** In conformance/apps. */
  command(start: Start): string[];
}

export const apps: string = join(root, "conformance", "apps");

const bin = (name: string): string => join(hostsEnvironment, "bin", name);

function quintet(port: number, ...more: string[]): string[] {
  return [process.execPath, command, "--bind", `127.0.0.1:${port}`, "--workers", "2", ...more];
}

/** Two processes wherever a server has processes, so that one that is lost leaves another. */
export const servers: Server[] = [
  {
    id: "quintet",
    title: "Quintet",
    language: "python",
    docs: "../guide/serving.md",
    command: ({ port, app }) => quintet(port, "--python", hostsPython, `${app}:application`),
  },
  {
    id: "quintet-ts",
    title: "Quintet, TypeScript",
    language: "typescript",
    docs: "../guide/typescript.md",
    command: ({ port, app }) => quintet(port, `${app}.ts`),
  },
  {
    id: "gunicorn",
    title: "Gunicorn sync",
    language: "python",
    distribution: "gunicorn",
    docs: "https://docs.gunicorn.org/en/stable/run.html",
    command: ({ port, app }) => [
      bin("gunicorn"),
      "--bind",
      `127.0.0.1:${port}`,
      "--workers",
      "2",
      "--no-control-socket",
      `${app}:application`,
    ],
  },
  {
    id: "gunicorn-gthread",
    title: "Gunicorn gthread",
    language: "python",
    distribution: "gunicorn",
    docs: "https://docs.gunicorn.org/en/stable/design.html",
    command: ({ port, app }) => [
      bin("gunicorn"),
      "--bind",
      `127.0.0.1:${port}`,
      "--workers",
      "2",
      "--worker-class",
      "gthread",
      "--threads",
      "4",
      "--no-control-socket",
      `${app}:application`,
    ],
  },
  {
    id: "uwsgi",
    title: "uWSGI http",
    language: "python",
    distribution: "uwsgi",
    docs: "https://uwsgi-docs.readthedocs.io/en/latest/WSGIquickstart.html",
    command: ({ port, app }) => [
      bin("uwsgi"),
      "--http",
      `127.0.0.1:${port}`,
      "--wsgi-file",
      `${app}.py`,
      "--master",
      "--processes",
      "2",
      "--threads",
      "2",
    ],
  },
  {
    id: "granian",
    title: "Granian",
    language: "python",
    distribution: "granian",
    docs: "https://github.com/emmett-framework/granian#quickstart",
    command: ({ port, app }) => [
      bin("granian"),
      "--interface",
      "wsgi",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--workers",
      "2",
      `${app}:application`,
    ],
  },
  {
    id: "waitress",
    title: "waitress",
    language: "python",
    distribution: "waitress",
    docs: "https://docs.pylonsproject.org/projects/waitress/en/stable/runner.html",
    command: ({ port, app }) => [
      bin("waitress-serve"),
      `--listen=127.0.0.1:${port}`,
      `${app}:application`,
    ],
  },
  {
    id: "mod-wsgi",
    title: "mod_wsgi-express",
    language: "python",
    distribution: "mod_wsgi",
    docs: "https://pypi.org/project/mod-wsgi/",
    command: ({ port, app, scratch }) => [
      bin("mod_wsgi-express"),
      "start-server",
      `${app}.py`,
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--processes",
      "2",
      "--server-root",
      join(scratch, "express"),
      "--log-to-terminal",
    ],
  },
];

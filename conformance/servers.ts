import { join } from "node:path";
import { peersPython } from "../peers/environment.ts";
import { granian, granianCommand } from "../peers/granian.ts";
import { gthread, gunicorn, gunicornCommand } from "../peers/gunicorn.ts";
import { modWsgi, modWsgiCommand } from "../peers/mod-wsgi.ts";
import { uwsgi, uwsgiCommand } from "../peers/uwsgi.ts";
import { waitress, waitressCommand } from "../peers/waitress.ts";
import { command, root } from "../testing/paths.ts";

/** Where a server runs an application of conformance/apps. */
export interface Start {
  port: number;
  /** The module, without its extension. */
  app: string;
  /** Where the server itself may write. */
  scratch: string;
}

/** A server under comparison. */
export interface Server {
  id: string;
  title: string;
  language: "python" | "typescript";
  /** The package whose version is printed; Quintet's own is in package.json. */
  distribution?: string;
  /** The page of its documentation that the command follows. */
  docs: string;
  /** In conformance/apps. */
  command(start: Start): string[];
}

export const apps: string = join(root, "conformance", "apps");

function quintet(port: number, ...more: string[]): string[] {
  return [process.execPath, command, "--bind", `127.0.0.1:${port}`, "--workers", "2", ...more];
}

/** Two processes if a server has processes, so that losing one leaves another. */
const workers = 2;

export const servers: Server[] = [
  {
    id: "quintet",
    title: "Quintet",
    language: "python",
    docs: "../guide/serving.md",
    command: ({ port, app }) => quintet(port, "--python", peersPython, `${app}:application`),
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
    distribution: gunicorn.distribution,
    docs: `${gunicorn.docs}/run.html`,
    command: ({ port, app }) => gunicornCommand({ port, workers, target: `${app}:application` }),
  },
  {
    id: "gunicorn-gthread",
    title: "Gunicorn gthread",
    language: "python",
    distribution: gunicorn.distribution,
    docs: `${gunicorn.docs}/design.html`,
    command: ({ port, app }) =>
      gunicornCommand({ port, workers, target: `${app}:application`, options: gthread(4) }),
  },
  {
    id: "uwsgi",
    title: "uWSGI http",
    language: "python",
    distribution: uwsgi.distribution,
    docs: `${uwsgi.docs}/WSGIquickstart.html`,
    command: ({ port, app }) =>
      uwsgiCommand({ port, workers, target: `${app}.py`, options: ["--threads", "2"] }),
  },
  {
    id: "granian",
    title: "Granian",
    language: "python",
    distribution: granian.distribution,
    docs: `${granian.docs}#quickstart`,
    command: ({ port, app }) => granianCommand({ port, workers, target: `${app}:application` }),
  },
  {
    id: "waitress",
    title: "waitress",
    language: "python",
    distribution: waitress.distribution,
    docs: `${waitress.docs}/runner.html`,
    command: ({ port, app }) => waitressCommand({ port, target: `${app}:application` }),
  },
  {
    id: "mod-wsgi",
    title: "mod_wsgi-express",
    language: "python",
    distribution: modWsgi.distribution,
    docs: "https://pypi.org/project/mod-wsgi/",
    command: ({ port, app, scratch }) =>
      modWsgiCommand({ port, workers, target: `${app}.py` }, join(scratch, "express")),
  },
];

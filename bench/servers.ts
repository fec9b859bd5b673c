import { readFileSync } from "node:fs";
import { join } from "node:path";
import { python, root, venv } from "./paths.ts";
import type { Workload } from "./workloads.ts";

export interface Start {
  port: number;
  workers: number;
  workload: Workload;
}

/** A server under comparison. */
export interface Server {
  name: string;
  title: string;
  /** The package whose version is printed; Quintet's own is in package.json. */
  distribution?: string;
  /** The page of its own documentation that the command line follows. */
  docs: string;
  /** Why the line is as it is, where the documentation leaves a choice. */
  note: string;
  /** Whether it keeps a client's connection. Verified before every measurement, since a server that closes pays for it. */
  keepAlive: boolean;
  /** Left out unless asked for by name. */
  extra?: boolean;
  /** What is typed at the repository's root. */
  command(start: Start): string;
}

const bin = `${venv}/bin`;

/** Gunicorn with further options; the worker classes differ by these. */
function gunicorn(options = ""): Server["command"] {
  return ({ port, workers, workload }) =>
    `${bin}/gunicorn --bind 127.0.0.1:${port} --workers ${workers} ${options}` +
    `--no-control-socket --log-level warning --chdir ${workload.directory} ${workload.target}`;
}

function granian(options = ""): Server["command"] {
  return ({ port, workers, workload }) =>
    `${bin}/granian --interface wsgi --host 127.0.0.1 --port ${port} --workers ${workers} ${options}` +
    `--no-access-log --log-level warning --working-dir ${workload.directory} ${workload.target}`;
}

export const servers: Server[] = [
  {
    name: "quintet",
    title: "Quintet",
    docs: "../README.md",
    note: "Defaults, the access log off as everywhere.",
    keepAlive: true,
    command: ({ port, workers, workload }) =>
      `node bin/quintet.js --bind 127.0.0.1:${port} --workers ${workers} --no-access-log --log-level warn ` +
      `--python ${python} --chdir ${workload.directory} ${workload.target}`,
  },
  {
    name: "quintet-ts",
    title: "Quintet, TypeScript",
    docs: "../docs/guide/typescript.md",
    note: "hello is written in TypeScript; around Django stands middleware in TypeScript, which may wait for 16 answers at once.",
    keepAlive: true,
    extra: true,
    command: ({ port, workers, workload }) =>
      `node bin/quintet.js --bind 127.0.0.1:${port} --workers ${workers} --no-access-log --log-level warn ` +
      `--python ${python} --threads 16 ${workload.typescript ?? "(nothing)"}`,
  },
  {
    name: "gunicorn",
    title: "Gunicorn sync",
    distribution: "gunicorn",
    docs: "https://docs.gunicorn.org/en/stable/run.html",
    note: "The default worker. It closes every connection: its design page says so. It logs no access unless told to.",
    keepAlive: false,
    command: gunicorn(),
  },
  {
    name: "gunicorn-gthread",
    title: "Gunicorn gthread",
    distribution: "gunicorn",
    docs: "https://docs.gunicorn.org/en/stable/design.html",
    note: "The worker that its documentation names for keep-alive.",
    keepAlive: true,
    extra: true,
    command: gunicorn("--worker-class gthread --threads 4 "),
  },
  {
    name: "uwsgi",
    title: "uWSGI --http",
    distribution: "uWSGI",
    docs: "https://uwsgi-docs.readthedocs.io/en/latest/HTTP.html",
    note:
      'Keep-alive as the section "HTTP Keep-Alive" says: the option, the header, and a Content-Length in every answer. ' +
      "It finds the virtual environment that its own binary is in.",
    keepAlive: true,
    command: ({ port, workers, workload }) =>
      `${bin}/uwsgi --http 127.0.0.1:${port} --http-keepalive --add-header 'Connection: Keep-Alive' ` +
      `--master --processes ${workers} --need-app --die-on-term --disable-logging ` +
      `--chdir ${workload.directory} --module ${workload.target}`,
  },
  {
    name: "granian",
    title: "Granian",
    distribution: "granian",
    docs: "https://github.com/emmett-framework/granian#workers-and-threads",
    note: "Defaults: its documentation says to avoid tuning the thread pool in general. Up to 512 threads run the application.",
    keepAlive: true,
    command: granian(),
  },
  {
    name: "granian-1",
    title: "Granian, one thread",
    distribution: "granian",
    docs: "https://github.com/emmett-framework/granian#workers-and-threads",
    note: 'The exception that its documentation makes: "a very limited amount of blocking threads" for short views.',
    keepAlive: true,
    extra: true,
    command: granian("--blocking-threads 1 "),
  },
  {
    name: "bjoern",
    title: "bjoern",
    distribution: "bjoern",
    docs: "https://github.com/jonashaag/bjoern#usage",
    note: "It has no command line: bench/apps/run_bjoern.py is its README's `bjoern.run(application, host, port)`.",
    keepAlive: true,
    command: ({ port, workers, workload }) =>
      `${python} bench/apps/run_bjoern.py 127.0.0.1 ${port} ${workers} ${workload.directory} ${workload.target}`,
  },
];

/** The version that runs, from the installed package itself. */
export function versions(installed: Record<string, string>): Record<string, string> {
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return Object.fromEntries(
    servers.map((server) => [
      server.name,
      server.distribution
        ? (installed[server.distribution.toLowerCase()] ?? "not installed")
        : own.version,
    ]),
  );
}

/** A command line as words: those of a shell, as far as the lines above need it. */
export function words(command: string): string[] {
  return Array.from(command.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain);
}

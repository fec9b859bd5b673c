import { isAbsolute, join, relative } from "node:path";
import { bjoern, bjoernCommand } from "../peers/bjoern.ts";
import { peersPython } from "../peers/environment.ts";
import { granian, granianCommand } from "../peers/granian.ts";
import { gthread, gunicorn, gunicornCommand } from "../peers/gunicorn.ts";
import { keepAlive, production, uwsgi, uwsgiCommand } from "../peers/uwsgi.ts";
import { versionOf } from "../peers/versions.ts";
import { root } from "./paths.ts";
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
  /** Only measured if named. */
  extra?: boolean;
  /** Run at the repository's root. */
  command(start: Start): string[];
}

/** Quintet with further options, which end in what it serves. */
function quintet({ port, workers }: Start, ...more: string[]): string[] {
  return [
    process.execPath,
    join(root, "bin", "quintet.js"),
    "--bind",
    `127.0.0.1:${port}`,
    "--workers",
    String(workers),
    "--no-access-log",
    "--log-level",
    "warn",
    "--python",
    peersPython,
    ...more,
  ];
}

/** Gunicorn with further options; the worker classes differ by these. */
function gunicornWith(...more: string[]): Server["command"] {
  return ({ port, workers, workload: { directory, target } }) => {
    const options = [...more, "--log-level", "warning", "--chdir", directory];
    return gunicornCommand({ port, workers, target, options });
  };
}

function granianWith(...more: string[]): Server["command"] {
  return ({ port, workers, workload: { directory, target } }) => {
    const quiet = ["--no-access-log", "--log-level", "warning"];
    const options = [...more, ...quiet, "--working-dir", directory];
    return granianCommand({ port, workers, target, options });
  };
}

export const servers: Server[] = [
  {
    name: "quintet",
    title: "Quintet",
    docs: "../README.md",
    note: "Defaults, the access log off as everywhere.",
    keepAlive: true,
    command: (start) => quintet(start, "--chdir", start.workload.directory, start.workload.target),
  },
  {
    name: "quintet-ts",
    title: "Quintet, TypeScript",
    docs: "../docs/guide/typescript.md",
    note: "hello is written in TypeScript; around Django stands middleware in TypeScript, which may wait for 16 answers at once.",
    keepAlive: true,
    extra: true,
    command: (start) => quintet(start, "--threads", "16", start.workload.typescript ?? "(nothing)"),
  },
  {
    name: "gunicorn",
    title: "Gunicorn sync",
    distribution: gunicorn.distribution,
    docs: `${gunicorn.docs}/run.html`,
    note: "The default worker. It closes every connection: its design page says so. It logs no access unless told to.",
    keepAlive: false,
    command: gunicornWith(),
  },
  {
    name: "gunicorn-gthread",
    title: "Gunicorn gthread",
    distribution: gunicorn.distribution,
    docs: `${gunicorn.docs}/design.html`,
    note: "The worker that its documentation names for keep-alive.",
    keepAlive: true,
    extra: true,
    command: gunicornWith(...gthread(4)),
  },
  {
    name: "uwsgi",
    title: "uWSGI --http",
    distribution: uwsgi.distribution,
    docs: `${uwsgi.docs}/HTTP.html`,
    note:
      'Keep-alive as the section "HTTP Keep-Alive" says: the option, the header, and a Content-Length in every answer. ' +
      "It finds the virtual environment that its own binary is in.",
    keepAlive: true,
    command: ({ port, workers, workload: { directory, target } }) => {
      const options = [...keepAlive, ...production, "--chdir", directory];
      return uwsgiCommand({ port, workers, target, options });
    },
  },
  {
    name: "granian",
    title: "Granian",
    distribution: granian.distribution,
    docs: `${granian.docs}#workers-and-threads`,
    note: "Defaults: its documentation says to avoid tuning the thread pool in general. Up to 512 threads run the application.",
    keepAlive: true,
    command: granianWith(),
  },
  {
    name: "granian-1",
    title: "Granian, one thread",
    distribution: granian.distribution,
    docs: `${granian.docs}#workers-and-threads`,
    note: 'The exception that its documentation makes: "a very limited amount of blocking threads" for short views.',
    keepAlive: true,
    extra: true,
    command: granianWith("--blocking-threads", "1"),
  },
  {
    name: "bjoern",
    title: "bjoern",
    distribution: bjoern.distribution,
    docs: `${bjoern.docs}#usage`,
    note: "It has no command line: peers/run_bjoern.py is its README's `bjoern.run(application, host, port)`.",
    keepAlive: true,
    command: ({ port, workers, workload: { directory, target } }) =>
      bjoernCommand({ port, workers, target }, directory),
  },
];

/** The version of each that runs. */
export function versions(): Record<string, string> {
  return Object.fromEntries(
    servers.map(({ name, distribution }) => [name, versionIf(distribution)]),
  );
}

function versionIf(distribution: string | undefined): string {
  try {
    return versionOf(distribution);
  } catch {
    return "not installed";
  }
}

/** A command as it is typed at the repository's root. */
export function typed([program, ...args]: string[]): string {
  const here = (word: string): string => (isAbsolute(word) ? relative(root, word) : word);
  const quoted = (word: string): string => (word.includes(" ") ? `'${word}'` : word);
  const name = program === process.execPath ? "node" : here(program);
  return [name, ...args.map(here)].map(quoted).join(" ");
}

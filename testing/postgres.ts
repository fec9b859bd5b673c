import { execFile, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { inCI } from "./paths.ts";

/** A private PostgreSQL server for tests. */
export interface Postgres {
  /** For DATABASE_URL; the database is empty. */
  url: string;
  stop(): Promise<void>;
}

/** A PostgreSQL server that can be stopped and restarted. */
export interface RestartablePostgres extends Postgres {
  /** Such as 15.4. */
  version: string;
  /** Restart it as `pg_ctl restart -m fast` does, which closes all connections. Returns when it serves again. */
  restart(): Promise<void>;
}

const DEBIAN = "/usr/lib/postgresql";

/** The folder with the server's programs: Debian keeps them off the PATH. */
function findPrograms(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  versions.sort((a, b) => Number(b) - Number(a));
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    ...versions.map((version) => join(DEBIAN, version, "bin")),
  ];
  const isThere = (folder: string): boolean =>
    ["initdb", "postgres"].every((name) => existsSync(join(folder, name)));
  return folders.find(isThere) ?? null;
}

const programs = findPrograms();

/** For a test's `skip`: why it cannot run here. In CI nothing is skipped: there it fails. */
export const withoutPostgres: string | false =
  programs === null && !inCI && "PostgreSQL is not installed (apt-get install postgresql)";

/**
 * Start a new cluster. It listens on a unix socket alone, in a folder that only we may enter: there is no port
 * that another test could take, and nobody else for whom a password would be needed.
 */
export async function startPostgres(): Promise<RestartablePostgres> {
  if (programs === null) throw new Error("PostgreSQL is not installed.");
  const folder = mkdtempSync(join(tmpdir(), "quintet-pg-"));
  const user = serverUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = { cwd: folder, env: { ...process.env, LC_ALL: "C" }, ...user };
  const create = ["--auth=trust", "--username=oms", "--encoding=UTF8", "--no-locale", "--no-sync"];
  await promisify(execFile)(join(programs, "initdb"), [...create, "--pgdata", data], options);
  const server = [join(programs, "postgres"), "-D", data, "-k", folder, "-c", "listen_addresses="];
  for (const each of ["fsync", "full_page_writes", "synchronous_commit"]) {
    server.push("-c", `${each}=off`);
  }
  // In a session of its own, so that Ctrl-C does not end it before it has cleaned up.
  const keeper = spawn("sh", ["-c", KEEPER, "sh", ...server], {
    ...options,
    stdio: ["pipe", "ignore", "pipe"],
    detached: true,
  });
  const ended = new Promise((resolve) => keeper.on("close", resolve));
  const restart = async (): Promise<void> => {
    // Disconnected clients get a FATAL message, too.
    const again = ready(keeper.stderr, null);
    process.kill(Number.parseInt(readFileSync(join(data, "postmaster.pid"), "utf8"), 10), "SIGINT");
    await again;
  };
  const stop = async (): Promise<void> => {
    keeper.stdin.end();
    await ended;
  };
  try {
    await ready(keeper.stderr);
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `postgres://oms@${encodeURIComponent(folder)}/postgres`;
  return { url, version: versionOf(programs), restart, stop };
}

/**
 * The shell outlives the tests, however they end: its input ends with them, then it ends the server. A server that ends
 * as it was told is started again, unless all is over.
 */
const KEEPER = `
exec 3<&0
(
  cat <&3 > /dev/null
  : > over
  until kill -INT "$(head -n 1 data/postmaster.pid)" || [ ! -e data ]; do sleep 0.1; done 2> /dev/null
) &
while "$@" < /dev/null 3<&- && [ ! -e over ]; do :; done
rm -rf "$PWD"
`;

function versionOf(folder: string): string {
  const said = execFileSync(join(folder, "postgres"), ["--version"], { encoding: "utf8" });
  return /\d[\d.]*/.exec(said)?.[0] ?? "unknown";
}

/** PostgreSQL refuses to run as root. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8");
  for (const name of ["postgres", "nobody"]) {
    const found = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, "m").exec(users);
    if (found) return { uid: Number(found[1]), gid: Number(found[2]) };
  }
  throw new Error("PostgreSQL does not run as root, and there is no user postgres or nobody.");
}

/** @param failed a sign that it never will be */
function ready(stderr: NodeJS.ReadableStream, failed: string | null = "FATAL"): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    const end = (why: string | null): void => {
      clearTimeout(timer);
      stderr.off("data", read).resume();
      if (why === null) resolve();
      else reject(new Error(`${why}:\n${text}`));
    };
    const read = (chunk: Buffer): void => {
      text += chunk;
      if (text.includes("ready to accept connections")) end(null);
      else if (failed !== null && text.includes(failed)) end("PostgreSQL does not start");
    };
    const timer = setTimeout(() => end("PostgreSQL is not ready"), 30_000);
    stderr.on("data", read);
  });
}

import { socketFolder } from "../../shared/socket-folder.ts";
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync } from "node:fs";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { systemCode } from "../../shared/errors.ts";
import { SYNC_FRAME } from "../../wire/hello.ts";

/** Minimum free space of a file system that is used: enough for the pages of some workers. */
const MIN_FREE_BYTES = 64 * 1024;
/** A younger directory may belong to a front that is just starting. */
const MIN_ABANDONED_AGE_MS = 10_000;

/**
 * A directory of mode 0700 for what front and workers share: the socket that the workers connect to, their pages and their
 * pipes. It is in memory if the system has an in-memory file system.
 */
export class RuntimeDirectory {
  #path: string;
  readonly #tempDir: string;
  readonly #onConnection: (socket: Socket) => void;
  #server: Server;

  /**
   * @param tempDir where the directory is created if it cannot be in memory
   * @param onConnection called for each connection
   */
  constructor(tempDir: string, onConnection: (socket: Socket) => void) {
    this.#tempDir = tempDir;
    this.#path = newFolder(tempDir);
    this.#onConnection = onConnection;
    this.#server = this.#listen();
  }

  get path(): string {
    return this.#path;
  }

  get socketPath(): string {
    return this.file("workers.sock");
  }

  /** The path of a file in this directory. */
  file(name: string): string {
    return join(this.#path, name);
  }

  #listen(): Server {
    const server = createServer(this.#onConnection);
    // For example, no descriptor is free. The worker reports that it cannot connect, and the next start tries again.
    server.on("error", () => {});
    return server.listen(this.socketPath).unref();
  }

  /**
   * Make the directory again if a clean-up of temporary files has removed it. Processes that are connected already do not
   * need it.
   *
   * @throws {Error} if it cannot be made, or belongs to another user
   */
  restore(): void {
    if (existsSync(this.socketPath)) return;
    // The system removes XDG_RUNTIME_DIR at the user's last logout, even if a server still runs.
    if (!existsSync(dirname(this.path))) this.#path = newFolder(this.#tempDir);
    else if (!existsSync(this.path)) mkdirSync(this.path, { mode: 0o700 });
    const { uid } = lstatSync(this.path);
    if (process.getuid && uid !== process.getuid())
      throw new Error(`${this.path} belongs to another user`);
    // close() removes whatever is at the socket's path, so close before listening again.
    this.#server.close();
    this.#server = this.#listen();
  }

  /**
   * Run something once every connection made before now has been accepted and read. Connections are accepted in order, so this
   * opens one and waits until it is closed. If the socket does not listen any more, `run` is called too.
   */
  afterConnected(run: () => void): void {
    const last = createConnection(this.socketPath);
    last.on("error", () => {});
    last.on("close", run);
    last.end(SYNC_FRAME);
    last.resume();
  }

  close(): void {
    // Do not wait for its connections: a process that the application has forked may hold one open.
    this.#server.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}

function prefix(): string {
  return `quintet-${process.getuid?.() ?? 0}-`;
}

function newFolder(tempDir: string): string {
  const base = baseFolder(tempDir);
  removeAbandoned(base);
  const folder = mkdtempSync(join(base, prefix()));
  chmodSync(folder, 0o700);
  return folder;
}

/**
 * Prefer memory to the folder for temporary files: requests depend on the pages and the socket, and a disk may be slow, full
 * or unresponsive.
 */
function baseFolder(tempDir: string): string {
  for (const folder of [process.env.XDG_RUNTIME_DIR, "/dev/shm"]) {
    if (!folder) continue;
    try {
      const probe = mkdtempSync(join(folder, prefix()));
      try {
        writeFileSync(join(probe, "probe"), Buffer.alloc(MIN_FREE_BYTES));
        return folder;
      } finally {
        rmSync(probe, { recursive: true });
      }
    } catch {
      continue;
    }
  }
  return socketFolder(tempDir);
}

/** Remove the directories of fronts that were killed: nothing listens on their sockets any more. */
function removeAbandoned(base: string): void {
  for (const name of readdirSync(base)) {
    if (!name.startsWith(prefix())) continue;
    const folder = join(base, name);
    try {
      if (Date.now() - statSync(folder).mtimeMs < MIN_ABANDONED_AGE_MS) continue;
    } catch {
      continue;
    }
    const socket = join(folder, "workers.sock");
    const remove = (): void => rmSync(folder, { recursive: true, force: true });
    if (!existsSync(socket)) {
      remove();
      continue;
    }
    const probe = createConnection(socket);
    probe.unref();
    probe.on("connect", () => probe.destroy());
    probe.on("error", (error) => {
      if (systemCode(error) === "ECONNREFUSED") remove();
    });
  }
}

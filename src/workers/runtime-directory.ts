import { socketFolder } from "../shared/socket-folder.ts";
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync } from "node:fs";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { systemCode } from "../shared/errors.ts";
import { SYNC_FRAME } from "../wire/hello.ts";

/** Bytes that the pages of some workers take. */
const ROOM = 64 * 1024;

/**
 * A folder of mode 0700 for what front and workers share: the socket that the workers connect to, and their pages. In
 * memory where the system has such a place.
 */
export class Home {
  #path: string;
  readonly #tempDir: string;
  readonly #onConnection: (socket: Socket) => void;
  #server: Server;

  /**
   * @param tempDir where it is made if there is no place in memory
   * @param onConnection called for each worker that connects
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
    return join(this.#path, "workers.sock");
  }

  #listen(): Server {
    const server = createServer(this.#onConnection);
    // No descriptor is left, say. Then a worker says that it cannot connect, and with the next it is tried again.
    server.on("error", () => {});
    return server.listen(this.socketPath).unref();
  }

  /**
   * Make it again if somebody has removed it who cleans up temporary files. Who is connected already needs it no more.
   *
   * @throws {Error} why it cannot be made, or that it is another user's
   */
  restore(): void {
    if (existsSync(this.socketPath)) return;
    // The system removes XDG_RUNTIME_DIR when its user has logged out everywhere, and a server may live on.
    if (!existsSync(dirname(this.path))) this.#path = newFolder(this.#tempDir);
    else if (!existsSync(this.path)) mkdirSync(this.path, { mode: 0o700 });
    const { uid } = lstatSync(this.path);
    if (process.getuid && uid !== process.getuid()) throw new Error(`${this.path} is not ours`);
    // First: it removes what has its path.
    this.#server.close();
    this.#server = this.#listen();
  }

  /**
   * Run something once everybody who has connected before now is accepted and has been heard: a connection of our own,
   * which comes after theirs and is closed once it is heard. Also if we listen no more.
   */
  afterConnected(run: () => void): void {
    const last = createConnection(this.socketPath);
    last.on("error", () => {});
    last.on("close", run);
    last.end(SYNC_FRAME);
    last.resume();
  }

  close(): void {
    // Its connections are not waited for: a process that the application has forked may hold the output of a worker.
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
 * In memory, also where the folder for temporary files is elsewhere: pages are mapped and sockets are connected to while
 * requests run, and the disk below that folder may be slow, full, or not answer.
 */
function baseFolder(tempDir: string): string {
  for (const folder of [process.env.XDG_RUNTIME_DIR, "/dev/shm"]) {
    if (!folder) continue;
    try {
      const probe = mkdtempSync(join(folder, prefix()));
      try {
        // A full one is of no use.
        writeFileSync(join(probe, "room"), Buffer.alloc(ROOM));
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

/** Folders whose front was killed: nobody listens on their socket any more. */
function removeAbandoned(base: string): void {
  for (const name of readdirSync(base)) {
    if (!name.startsWith(prefix())) continue;
    const folder = join(base, name);
    try {
      if (Date.now() - statSync(folder).mtimeMs < 10_000) continue; // perhaps it only begins
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

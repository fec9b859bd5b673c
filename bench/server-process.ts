import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { once as askOnce } from "./http.ts";
import { root } from "./paths.ts";
import { snapshot, survivors } from "./proc.ts";

/** How long a server may take to answer its first request, and to end when told to. */
const startLimit = 30_000;
const stopLimit = 10_000;

/** Running servers, so that the harness never leaves one behind, however it ends. */
const running = new Set<ServerProcess>();

/** Set once the harness was told to end: nothing may start any more while the rest is being stopped. */
let ending = false;

/** A free port, chosen by the system. */
export async function freePort(): Promise<number> {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address() as AddressInfo;
  holder.close();
  await once(holder, "close");
  return port;
}

/** A server in its own process group, with its output in a file, because a full pipe could block it. */
export class ServerProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #outputFile: string;

  constructor(command: string[], environment: Record<string, string>, scratch: string) {
    if (ending) throw new Error("interrupted");
    this.#outputFile = join(scratch, "output.log");
    const output = openSync(this.#outputFile, "w");
    const [program, ...args] = command;
    if (!existsSync(program)) throw new Error(`${program} is not there`);
    this.#child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      detached: true,
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    this.pid = this.#child.pid!;
    running.add(this);
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Bytes that the server has printed: an access log that is on shows here. */
  get outputBytes(): number {
    return statSync(this.#outputFile).size;
  }

  /** The end of what the server printed. */
  output(): string {
    return readFileSync(this.#outputFile, "utf8").trimEnd().split("\n").slice(-40).join("\n");
  }

  /** Mostly the error itself: what a table has room for. */
  #lastLine(): string {
    return this.output().split("\n").at(-1)!.trim();
  }

  /** Asks until the server answers, whatever it answers. */
  async ready(port: number, path: string): Promise<void> {
    const until = Date.now() + startLimit;
    while (Date.now() < until) {
      if (this.#ended) throw new Error(`it ended at once: ${this.#lastLine()}\n${this.output()}`);
      try {
        await askOnce({ port, path });
        return;
      } catch {
        await sleep(50);
      }
    }
    throw new Error(`no answer within ${startLimit / 1000} s:\n${this.output()}`);
  }

  /** Signals the whole group, at once. */
  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // Already gone.
    }
  }

  /**
   * Ends the server: asked first, then forced, and last whatever was below it in groups of its own. Returns how many
   * processes outlived their server, which is a fault of the server's.
   */
  async stop(): Promise<number> {
    const below = snapshot(this.pid);
    this.signal("SIGTERM");
    const until = Date.now() + stopLimit;
    while (Date.now() < until && (!this.#ended || survivors(below).length)) await sleep(25);
    const left = survivors(below);
    this.signal("SIGKILL");
    for (const pid of left) if (pid !== this.pid) process.kill(pid, "SIGKILL");
    if (!this.#ended) await once(this.#child, "exit");
    running.delete(this);
    return left.length;
  }
}

/** From here on, no server outlives the harness, also when it is interrupted or fails. */
export function stopServersAtExit(): void {
  process.on("exit", () => {
    for (const server of running) server.signal("SIGKILL");
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      void Promise.all([...running].map((server) => server.stop())).finally(() => process.exit(1));
    });
}

import { randomUUID } from "node:crypto";
import { execFile } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { asAccount } from "../peers/account.ts";
import { type HostProcess, startProcess } from "../peers/process.ts";
import { freePort } from "../testing/ports.ts";
import { isAlive } from "../testing/processes.ts";
import { until } from "../testing/wait.ts";
import { failureOf } from "./load/tally.ts";
import { exchange, newConnections } from "./load/exchange.ts";
import { MARK, marked, signal } from "./processes.ts";
import type { Server } from "./servers.ts";
import { SmallDisk } from "./small-disk.ts";
import type { World } from "./world.ts";

/** Milliseconds for a server to answer its first request, to end, and for its processes to end after it. */
const START_LIMIT = 30_000;
const STOP_LIMIT = 30_000;
const LEFT_LIMIT = 10_000;

/** The folders of the application: what a deploy changes is in them. */
const source = join(import.meta.dirname, "site");

const scratches = new Set<string>();
process.on("exit", () => {
  for (const folder of scratches) rmSync(folder, { recursive: true, force: true });
});

/** A server that runs the application for one scenario. */
export class Site {
  readonly server: Server;
  readonly port: number;
  /** Its deployment, a copy of faults/site. */
  readonly folder: string;
  /** Where the server may write. */
  readonly scratch: string;
  readonly disk: SmallDisk | null;
  readonly #env: NodeJS.ProcessEnv;
  readonly #mark: string;
  readonly #process: HostProcess;
  /** The process that a supervisor of the machine would signal. */
  main: number;

  private constructor(
    server: Server,
    place: { port: number; folder: string; scratch: string; disk: SmallDisk | null },
    env: NodeJS.ProcessEnv,
    mark: string,
    running: HostProcess,
  ) {
    this.server = server;
    this.port = place.port;
    this.folder = place.folder;
    this.scratch = place.scratch;
    this.disk = place.disk;
    this.#env = env;
    this.#mark = mark;
    this.#process = running;
    this.main = running.pid;
  }

  /**
   * Start it, and wait until it answers.
   *
   * @param options for the scenario
   * @param withDisk have its log and its temporary files on a disk that can be filled
   * @param deployment the folder of the application, of which it gets a copy
   */
  static async start(
    server: Server,
    { env: given }: Pick<World, "env">,
    options: (disk: string) => string[],
    withDisk: boolean,
    deployment: string = source,
  ): Promise<Site> {
    const scratch = mkdtempSync(join(tmpdir(), "faults-"));
    scratches.add(scratch);
    // The servers may run as another user.
    chmodSync(scratch, 0o777);
    const folder = join(scratch, "site");
    cpSync(deployment, folder, { recursive: true });
    const disk = withDisk ? new SmallDisk(join(scratch, "disk")) : null;
    const port = await freePort();
    const mark = randomUUID();
    const env = {
      ...given,
      HOME: scratch,
      QUINTET_CONTROL: join(scratch, "control"),
      ...(disk ? { TMPDIR: disk.folder } : {}),
    };
    const start = { port, folder, scratch };
    const command = server.command(start, options(disk?.folder ?? ""));
    const running = await startProcess(["env", `${MARK}=${mark}`, ...command], {
      cwd: folder,
      env,
    });
    const site = new Site(server, { port, folder, scratch, disk }, env, mark, running);
    const end = performance.now() + START_LIMIT;
    while (!(await site.answers())) {
      const gone = !isAlive(running.pid);
      if (!gone && performance.now() < end) {
        await sleep(50);
        continue;
      }
      const output = site.output();
      await site.stop();
      throw new Error(`${server.title} ${gone ? "ended at once" : "does not answer"}:\n${output}`);
    }
    return site;
  }

  output(): string {
    return this.#process.output();
  }

  /** Its processes. */
  processes(): number[] {
    return marked(this.#mark);
  }

  async answers(): Promise<boolean> {
    return failureOf(await exchange(this.port, newConnections(), { path: "/healthz" })) === null;
  }

  /** Signal its main process. */
  signal(name: NodeJS.Signals): void {
    signal(this.main, name);
  }

  /** Run a command of the server's, as its user; its exit status and output. */
  async run(command: string[]): Promise<{ code: number; output: string }> {
    const [program, ...args] = asAccount(command);
    const options = { cwd: this.folder, env: this.#env, timeout: 60_000 };
    return new Promise((resolve) => {
      execFile(program as string, args, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, output: stdout + stderr });
      });
    });
  }

  /** Change a file of the deployment. */
  write(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }

  /** Change back what was changed. */
  restore(file: string): void {
    cpSync(join(source, file), join(this.folder, file));
  }

  /**
   * Stop the server as its supervisor would.
   *
   * @returns how many processes outlived it, and whether it had to be killed; nothing is left running
   */
  async stop(): Promise<{ left: number; killed: boolean }> {
    this.signal("SIGTERM");
    const killed = !(await holds(() => !isAlive(this.main), STOP_LIMIT));
    let left = 0;
    if (!killed && !(await holds(() => this.processes().length === 0, LEFT_LIMIT)))
      left = this.processes().length;
    for (const pid of this.processes()) signal(pid, "SIGKILL");
    await this.#process.stop("SIGKILL");
    this.disk?.remove();
    rmSync(this.scratch, { recursive: true, force: true });
    scratches.delete(this.scratch);
    return { left, killed };
  }
}

async function holds(what: () => boolean, milliseconds: number): Promise<boolean> {
  return until(what, "it holds", milliseconds).then(
    () => true,
    () => false,
  );
}

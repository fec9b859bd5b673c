import { execFileSync } from "node:child_process";
import { omsEnvironment, manage, ORDERS } from "../testing/oms.ts";
import { peersPython } from "../peers/environment.ts";
import { oms } from "../testing/paths.ts";
import { type RestartablePostgres, startPostgres } from "../testing/postgres.ts";

/** What all servers of a run share: a database with a shop's worth of data. */
export class World {
  readonly postgres: RestartablePostgres;
  /** For the application. */
  readonly env: NodeJS.ProcessEnv;

  /** Of what all servers have in common. */
  readonly versions: { python: string; postgres: string };

  private constructor(postgres: RestartablePostgres, env: NodeJS.ProcessEnv) {
    this.postgres = postgres;
    this.env = env;
    const asked = ["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"];
    this.versions = {
      python: execFileSync(peersPython, asked, { encoding: "utf8" }).trim(),
      postgres: postgres.version,
    };
  }

  static async open(): Promise<World> {
    const postgres = await startPostgres();
    try {
      const env = omsEnvironment(postgres);
      await manage(env, "migrate", "--verbosity=0");
      await manage(env, "seed", `--orders=${ORDERS}`);
      return new World(postgres, { ...env, PYTHONPATH: oms });
    } catch (error) {
      await postgres.stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.postgres.stop();
  }
}

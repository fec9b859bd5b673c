import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { oms, python } from "./paths.ts";
import { type Postgres, startPostgres, withoutPostgres } from "./postgres.ts";
import { cleanEnvironment } from "./command.ts";
import { type Running, start } from "./server.ts";
import { folderWith } from "./temp.ts";

/** A user who can log in to the example and do everything there. */
export const login = { username: "django", password: "reinhardt" };

/** How many orders a test's shop starts with. */
export const ORDERS = 300;

/** A database for the example; if it is not available here, the reason. */
export interface ShopDatabase {
  name: string;
  skip: string | false;
  open(): Promise<Database>;
}

export const onSqlite: ShopDatabase = { name: "SQLite", skip: false, open: async () => sqlite() };
export const onPostgres: ShopDatabase = {
  name: "PostgreSQL",
  skip: withoutPostgres,
  open: startPostgres,
};
export const databases: ShopDatabase[] = [onSqlite, onPostgres];

/** An empty database. */
export type Database = Postgres;

function sqlite(): Database {
  return { url: `sqlite:///${join(folderWith(), "db.sqlite3")}`, stop: async () => {} };
}

/** The environment in which the example uses this database, and writes to a temporary folder. */
export function omsEnvironment(database: Database): NodeJS.ProcessEnv {
  return cleanEnvironment({
    DATABASE_URL: database.url,
    VAR_DIR: folderWith(),
    PYTHONDONTWRITEBYTECODE: "1",
    DEBUG: "",
    SECRET_KEY: "of the tests",
    ALLOWED_HOSTS: "127.0.0.1,testserver",
    CSRF_TRUSTED_ORIGINS: "",
  });
}

/** Run `manage.py`; returns its stdout and stderr. */
export async function manage(env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
  const options = { cwd: oms, env, maxBuffer: 64 * 1024 * 1024 };
  const { stdout, stderr } = await promisify(execFile)(python, ["manage.py", ...args], options);
  return stdout + stderr;
}

/** The example with a seeded database, served as its README says: `quintet wsgi.ts`. */
export interface Shop {
  server: Running;
  database: Database;
  stop(): Promise<void>;
}

export async function openShop(database: Database, args: string[] = []): Promise<Shop> {
  const env = omsEnvironment(database);
  const fill = async (): Promise<void> => {
    await manage(env, "migrate", "--verbosity=0");
    await manage(env, "seed", `--orders=${ORDERS}`);
  };
  await Promise.all([fill(), manage(env, "collectstatic", "--no-input", "--verbosity=0")]);
  const server = await start("wsgi.ts", { cwd: oms, env, args });
  const stop = async (): Promise<void> => {
    await server.stop();
    await database.stop();
  };
  return { server, database, stop };
}

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { once } from "./http.ts";
import { peersPython } from "../peers/environment.ts";
import { root } from "./paths.ts";

/** The user that `manage.py seed` makes. */
const username = "django";
const password = "reinhardt";

/** Makes the example's database in a directory of its own, and names it as the example's settings expect. */
export async function prepareOrders(scratch: string): Promise<Record<string, string>> {
  const manage = join(root, "examples/oms/manage.py");
  if (!existsSync(manage)) throw new Error("the orders page is examples/oms, which is not there");
  const environment = { DATABASE_URL: `sqlite:///${join(scratch, "orders.sqlite3")}` };
  for (const command of [["migrate", "--verbosity", "0"], ["seed"]]) {
    const done = spawnSync(peersPython, [manage, ...command], {
      cwd: join(root, "examples/oms"),
      env: { ...process.env, ...environment },
      encoding: "utf8",
    });
    if (done.status !== 0)
      throw new Error(`manage.py ${command[0]} failed:\n${done.stdout}${done.stderr}`);
  }
  return environment;
}

/** The cookies that responses set, kept as a browser would. */
class Cookies {
  #kept = new Map<string, string>();

  take(setCookie: string[] | undefined): void {
    for (const cookie of setCookie ?? []) {
      const [, name, value] = /^([^=;]+)=([^;]*)/.exec(cookie) ?? [];
      if (name) this.#kept.set(name, value);
    }
  }

  has(name: string): boolean {
    return this.#kept.has(name);
  }

  toString(): string {
    return [...this.#kept].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}

/** Logs in as a person does: asks for the page, is sent to the login, fills in its form. The session is in the database. */
export async function logIn(port: number, path: string): Promise<Record<string, string>> {
  const cookies = new Cookies();
  const sent = await once({ port, path });
  const login = sent.headers.location;
  if (!login) throw new Error(`${path} did not ask for a login: status ${sent.status}`);

  const form = await once({ port, path: login });
  cookies.take(form.headers["set-cookie"]);
  const token = /name=["']csrfmiddlewaretoken["'] value=["']([^"']+)/.exec(
    form.body.toString(),
  )?.[1];
  if (!token) throw new Error(`${login} shows no login form: status ${form.status}`);

  const body = new URLSearchParams({
    csrfmiddlewaretoken: token,
    username,
    password,
    next: path,
  }).toString();
  const done = await once({
    port,
    path: login,
    method: "POST",
    headers: {
      Cookie: String(cookies),
      "Content-Type": "application/x-www-form-urlencoded",
      "Content-Length": String(Buffer.byteLength(body)),
    },
    body,
  });
  cookies.take(done.headers["set-cookie"]);
  if (done.status !== 302 || !cookies.has("sessionid"))
    throw new Error(
      `the login was not accepted: status ${done.status}\n${done.body.toString().slice(0, 500)}`,
    );
  return { Cookie: String(cookies) };
}

import { execFile, execFileSync } from "node:child_process";
import { chownSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { apps, oms, root } from "../paths.ts";
import { cleanEnvironment } from "../command.ts";
import { folderWith } from "../temp.ts";
import { account, asAccount } from "../../peers/account.ts";
import { fileOf } from "./pages.ts";
import { forDjango42 } from "./older.ts";
import { peersEnvironment } from "../../peers/environment.ts";

/** What the pages of docs/guide/hosts call /srv/shop: the example, ready to be served. */
export interface HostShop {
  folder: string;
  /** Puts a file into the folder, for the servers to read. */
  write(name: string, text: string | Buffer): string;
}

/** The size of the downloaded file and of the uploaded body. */
export const LARGE_BYTES = 10 * 1024 * 1024;
export const large: Buffer = Buffer.alloc(LARGE_BYTES, "0123456789abcdef-");

/**
 * The example's own files, two lines of Python, and settings that show what a server does.
 *
 * @param environment a virtual environment with Django
 * @param django its version, such as 4.2
 */
export async function makeShop(environment = peersEnvironment, django = "5.2"): Promise<HostShop> {
  const folder = folderWith();
  const leaveOut = new Set([join(oms, "var"), join(oms, ".venv")]);
  cpSync(oms, folder, {
    recursive: true,
    filter: (path) => !leaveOut.has(path) && !path.endsWith("__pycache__"),
  });
  if (django === "4.2") forDjango42(folder);
  cpSync(join(apps, "hosted"), folder, { recursive: true });
  mkdirSync(join(folder, "var", "media"), { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  const write = (name: string, text: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    if (account) chownSync(path, account.uid, account.gid);
    return path;
  };
  for (const name of ["wsgi.ts", "wsgi.py"]) {
    write(name, fileOf("wsgi-ts.md", `/srv/shop/${name}`));
  }
  write("var/media/large.bin", large);
  if (account) own(folder);
  // As npm install leaves it. Created after the owner is set, because chown would follow the links into the repository.
  symlinkSync(root, join(folder, "node_modules", "quintet"));
  symlinkSync(environment, join(folder, ".venv"));
  const env = shopEnvironment({ DJANGO_SETTINGS_MODULE: "oms.settings" });
  const manage = async (...args: string[]): Promise<void> => {
    const python = join(environment, "bin", "python");
    const [program, ...rest] = asAccount([python, "manage.py", ...args]);
    const options = { cwd: folder, env: { ...env, HOME: folder } };
    await promisify(execFile)(program as string, rest, options);
  };
  await manage("migrate");
  await manage("seed", "--orders=120");
  await manage("collectstatic", "--no-input");
  return { folder, write };
}

/** Never follow a link: the links of the folder lead into the repository. */
function own(folder: string): void {
  const { uid, gid } = account as { uid: number; gid: number };
  execFileSync("chown", ["-R", "-h", "-P", `${uid}:${gid}`, folder]);
}

/** An environment in which the example writes to its own folder, and servers find this Node. */
export function shopEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const env = cleanEnvironment(more);
  for (const name of ["VAR_DIR", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG", "CSRF_TRUSTED_ORIGINS"]) {
    delete env[name];
  }
  return { ...env, QUINTET_NODE: process.execPath, PYTHONDONTWRITEBYTECODE: "1" };
}

import { resolve } from "node:path";
import { isSameFolder } from "../config/current-folder.ts";
import { defaultSettings, settingsFromEnvironment } from "../config/settings/read-settings.ts";
import type { ServerStatus } from "../front/status.ts";
import { statusText } from "../front/status-text.ts";
import { QuintetError } from "../shared/errors.ts";
import { printableLines } from "../shared/printable.ts";
import type { Invocation } from "./command.ts";
import { ask, findServers, type Found, type Servers } from "./control-client.ts";

export { ask, statusText };

/** Advice if a server is not found. */
export const ELSEWHERE =
  "To reach another user's servers, run the command as that user (sudo -u USER quintet status). To reach a server with another control folder, name the folder with --control.";

/** All servers whose control sockets are in the folder `control`. */
export function serversOf({ settings, flags }: Invocation): Promise<Servers> {
  const fromEnvironment = settingsFromEnvironment(process.env);
  const { control } = { ...defaultSettings(), ...fromEnvironment, ...settings };
  if (control === null) {
    throw new QuintetError("QUINTET_CONTROL", "The setting control names no folder.", {
      advice: "Name the folder of the server's control socket with --control.",
    });
  }
  return findServers(control, flags.pid as string | undefined);
}

/**
 * The server that a command means.
 *
 * @throws {QuintetError} QUINTET_CONTROL if there is none, or more than one
 */
export async function findServer(invocation: Invocation): Promise<Found> {
  return chooseServer(await serversOf(invocation), invocation);
}

/**
 * The server with the given pid, otherwise the one that serves this folder, otherwise the only one.
 *
 * @throws {QuintetError} QUINTET_CONTROL if there is none, or more than one
 */
export function chooseServer(servers: Servers, { settings, flags }: Invocation): Found {
  const { folder: control, found: all, silent } = servers;
  const { pid } = flags;
  const folder = resolve(settings.chdir ?? "");
  const here = all.filter(({ status }) => isSameFolder(status.folder, folder));
  const candidates = pid === undefined && here.length > 0 ? here : all;
  // A server that did not answer may be the right one.
  if (candidates !== here && silent[0]) throw silent[0];
  if (candidates.length === 1) return candidates[0] as Found;
  if (candidates.length === 0) {
    const which = pid === undefined ? "This user runs no server" : `No server has the pid ${pid}`;
    const message = `${which} with a control socket in ${control}.`;
    throw new QuintetError("QUINTET_CONTROL", message, { advice: ELSEWHERE });
  }
  const list = candidates.map(({ status }) => `${status.pid}: ${nameOf(status)}`);
  throw new QuintetError("QUINTET_CONTROL", "Several servers run. Choose one with --pid.", {
    detail: list.join("\n"),
  });
}

/**
 * Ask a server for a change, which it makes completely or not at all.
 *
 * @throws {QuintetError} why nothing was changed
 */
export async function askForChange(socket: string, what: string): Promise<unknown> {
  try {
    return await ask(socket, { do: what });
  } catch (error) {
    // An error with a cause is from this process: the server was not reached.
    if (!(error instanceof QuintetError) || error.cause !== undefined) throw error;
    const { code, message, detail, advice } = error;
    throw new QuintetError(code, `nothing was changed: ${message}`, { detail, advice });
  }
}

/** The target with its folder: two servers may have the same target. */
export function nameOf({ target, folder }: ServerStatus): string {
  return `${target} in ${folder}`;
}

/** Print a server's text. Parts of it come from the server's clients, such as the paths of requests. */
export function print(text: string): void {
  process.stdout.write(`${printableLines(text)}\n`);
}

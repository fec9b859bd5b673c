import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, findServers, type Found, type Servers } from "./control-client.ts";
import { QuintetError } from "../shared/errors.ts";
import { defaultSettings, settingsFromEnvironment } from "../config/sources.ts";
import { printableJson, printableLines } from "../shared/printable.ts";
import { checkShape, isNumber, isText } from "../shared/shape.ts";
import type { ServerStatus } from "../front/status.ts";
import { statusText } from "../front/status-text.ts";
import type { Arguments } from "../config/arguments.ts";
import { isSameFolder } from "../config/folder.ts";

/** Where one may be that is not found. */
const ELSEWHERE =
  "Another user's is found by that user (sudo -u USER quintet status), one of another folder with --control.";

/** `quintet status`: what this user's servers do. Ends with status 1 if there is none. */
export async function status(args: Arguments): Promise<void> {
  const servers = await serversOf(args);
  const chosen = args.pid === undefined ? servers.found : [pick(servers, args)];
  if (args.json) {
    process.stdout.write(`${printableJson(JSON.stringify(chosen.map((each) => each.status)))}\n`);
  } else {
    for (const each of chosen) say(statusText(each.status));
  }
  for (const { message } of servers.silent)
    process.stderr.write(printableLines(`quintet: ${message}\n`));
  if (chosen.length > 0) return;
  if (!args.json && servers.silent.length === 0)
    process.stderr.write(
      `quintet: no server of this user runs, by the sockets in ${servers.folder}.\n  ${ELSEWHERE}\n`,
    );
  process.exitCode = 1;
}

/** `quintet reload`: returns when the new generation serves, throws why it does not. */
export async function reload(args: Arguments): Promise<void> {
  const { socket, status: before } = pick(await serversOf(args), args);
  const result = await change(socket, "reload");
  const { generation, seconds } = checkShape<{ generation: number; seconds: number }>(
    result,
    "its answer",
    { generation: isNumber, seconds: isNumber },
  );
  const what = `generation ${generation} of ${nameOf(before)} serves, after ${seconds.toFixed(2)} s`;
  say(what);
}

/** `quintet upgrade`: returns when fronts of the version on disk serve, throws why they do not. */
export async function upgrade(args: Arguments): Promise<void> {
  const { socket, status: before } = pick(await serversOf(args), args);
  const result = await change(socket, "upgrade");
  const { version, seconds } = checkShape<{ version: string; seconds: number }>(
    result,
    "its answer",
    { version: isText, seconds: isNumber },
  );
  const what = `version ${version} serves ${nameOf(before)}, after ${seconds.toFixed(2)} s`;
  say(what);
}

/** Ask for what is done wholly or not at all, and have an error of the server's say so. */
async function change(socket: string, what: string): Promise<unknown> {
  try {
    return await ask(socket, { do: what });
  } catch (error) {
    // One with a cause is our own: the server was not reached.
    if (!(error instanceof QuintetError) || error.cause !== undefined) throw error;
    const { code, message, detail, advice } = error;
    throw new QuintetError(code, `nothing was changed: ${message}`, { detail, advice });
  }
}

/** `quintet scale N`: so many workers, until the next reload or upgrade. */
export async function scale(args: Arguments): Promise<void> {
  const given = args.words[1] ?? "";
  if (!/^\d{1,4}$/.test(given) || Number(given) < 1) {
    const message = given
      ? `${JSON.stringify(given)} is no number of workers.`
      : "How many workers?";
    throw new QuintetError("QUINTET_USAGE", message, { advice: "Such as: quintet scale 4" });
  }
  const { socket, status: before } = pick(await serversOf(args), args);
  await ask(socket, { do: "scale", workers: Number(given) });
  say(`${given} workers of ${nameOf(before)}, until the next reload or upgrade`);
}

/** `quintet stop`: as SIGTERM does; returns when the server has ended. */
export async function stop(args: Arguments): Promise<void> {
  const { socket, status: before } = pick(await serversOf(args), args);
  await ask(socket, { do: "stop" });
  // If nobody reaps the process, its pid stays alive; but its socket is gone.
  while (existsSync(socket) && runs(before.pid)) await sleep(50);
  say(`${nameOf(before)} has stopped`);
}

/** What a server has said may be what its clients have: the paths of requests, say. */
function say(text: string): void {
  process.stdout.write(`${printableLines(text)}\n`);
}

/** The only server there is may be that of another folder. */
function nameOf({ target, folder }: ServerStatus): string {
  return `${target} in ${folder}`;
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function serversOf(args: Arguments): Promise<Servers> {
  const { control } = {
    ...defaultSettings(),
    ...settingsFromEnvironment(process.env),
    ...args.settings,
  };
  return findServers(control, args.pid);
}

/** The server that `--pid` names, else the one that serves this folder, else the only one. */
function pick({ folder: control, found: all, silent }: Servers, args: Arguments): Found {
  const folder = resolve(args.settings.chdir ?? "");
  const here = all.filter(({ status: { folder: served } }) => isSameFolder(served, folder));
  const fitting = args.pid === undefined && here.length > 0 ? here : all;
  // It may be the one that is meant.
  if (fitting !== here && silent[0]) throw silent[0];
  if (fitting.length === 1) return fitting[0] as Found;
  if (fitting.length === 0) {
    const which =
      args.pid === undefined ? "No server of this user runs" : `No server has the pid ${args.pid}`;
    const message = `${which}, by the sockets in ${control}.`;
    throw new QuintetError("QUINTET_CONTROL", message, { advice: ELSEWHERE });
  }
  const list = fitting.map(
    ({ status: { pid, target, folder: of } }) => `${pid}: ${target} in ${of}`,
  );
  throw new QuintetError("QUINTET_CONTROL", "Several servers run; name one with --pid.", {
    detail: list.join("\n"),
  });
}

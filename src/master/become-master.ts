import { flushCompileCache } from "node:module";
import type { Deployment } from "../config/deployment.ts";
import { startTime } from "../shared/start-time.ts";
import { listenBacklog } from "../config/values/address.ts";
import { namedBy } from "../config/current-folder.ts";
import { defaultControlFolder } from "../config/control-folder.ts";
import { isTerminal, logStyle } from "../shared/log-style.ts";
import { rawVariables } from "../shared/raw-environment.ts";
import { misspeltVariables } from "../config/settings/read-settings.ts";
import { NO_DEBUGGER } from "../shared/run-module.ts";
import { packedDeployment } from "./packed-deployment.ts";
import { checkShares } from "./front-share.ts";
import { masterCommand } from "./master-python.ts";
import { resolveAddresses } from "./resolve-addresses.ts";
import { passSystemdSockets, socketsFromSystemd } from "./systemd-sockets.ts";

/**
 * Become the master: this process executes python/quintet/master, which keeps its pid. The master holds the listening sockets
 * and starts each front by running the same command line again.
 *
 * @param folder the folder in which the command was run
 * @returns never
 * @throws {QuintetError} QUINTET_BIND, QUINTET_SETTING
 */
export async function becomeMaster(
  python: string,
  deployment: Deployment,
  folder: string,
): Promise<never> {
  const { settings } = deployment;
  checkShares(settings, settings.fronts);
  const sockets = socketsFromSystemd(process.env);
  const warnings = misspeltVariables(process.env).map((message) => ({
    code: "QUINTET_SETTING",
    message,
  }));
  const file = settings.logFile ?? "";
  const { asText, colours } = logStyle(settings.logFormat, isTerminal(file || 1));
  const [script = "", ...args] = process.argv.slice(1);
  const config = {
    command: [process.execPath, ...nodeFlags(), namedBy(folder, script), ...args],
    folder,
    carried: sockets > 0 ? await passSystemdSockets(python, sockets, settings.tempDir) : "",
    listen: sockets > 0 ? [] : await resolveAddresses(settings.bind),
    backlog: listenBacklog(settings.backlog),
    fronts: settings.fronts,
    control: settings.control ?? "",
    controlDefault: defaultControlFolder,
    user: settings.user ?? "",
    group: settings.group ?? "",
    warnings,
    log: { level: settings.logLevel, format: asText ? "text" : "json", colours, file },
    deployment: packedDeployment(deployment, process.env),
    began: startTime.commandMs,
    raw: rawVariables(process.env),
  };
  // Without this, execve prints a warning that it is experimental.
  process.removeAllListeners("warning");
  const command = [...masterCommand(python, "master"), ...args];
  const env = { ...process.env, ...inParts("QUINTET_MASTER", JSON.stringify(config)) };
  // Node writes its compile cache when it exits, which this process never does.
  flushCompileCache();
  return process.execve?.(python, command, env) as never;
}

/**
 * The size of the heap for new objects. By default V8 lets it grow to 32 MB and more with the first burst of requests and
 * never shrinks it. The objects of a request are too short-lived to benefit from that.
 */
const NEW_SPACE_FLAG = "--max-semi-space-size";
const NEW_SPACE_MB = 8;
/** A front collects garbage when it is idle: see src/front/server/idle-garbage-collection.ts. */
const GARBAGE_COLLECTION_FLAG = "--expose-gc";

/** The flags that this Node was started with, plus those that every front gets. */
function nodeFlags(): string[] {
  const given = process.execArgv;
  const isSet = [...given, process.env.NODE_OPTIONS ?? ""].some((each) =>
    each.includes(NEW_SPACE_FLAG),
  );
  const newSpace = isSet ? [] : [`${NEW_SPACE_FLAG}=${NEW_SPACE_MB}`];
  const flags = [NO_DEBUGGER, GARBAGE_COLLECTION_FLAG, ...newSpace];
  return [...flags, ...given.filter((flag) => !flags.includes(flag))];
}

/** Linux limits a variable to 128 KiB, so a longer text is cut into several variables, numbered from 0. */
function inParts(name: string, text: string): Record<string, string> {
  const parts: Record<string, string> = {};
  // A code unit takes at most 3 bytes. Surrogate pairs are not cut.
  const pattern = /[^]{1,40000}(?![\uDC00-\uDFFF])/g;
  for (const [index, [part]] of Array.from(text.matchAll(pattern)).entries()) {
    parts[`${name}_${index}`] = part;
  }
  return parts;
}

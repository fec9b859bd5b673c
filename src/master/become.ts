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
import { resolveAddresses } from "./addresses.ts";
import { carrySockets, socketsFromSystemd } from "./carry.ts";
import { parentCommand } from "./python.ts";
import { checkShares } from "./share.ts";

/**
 * Become the parent: this process goes on as python/quintet/parent, with the pid that whoever started it knows. That
 * holds the listening sockets, and starts the fronts by the same command line again.
 *
 * @param folder where that was given
 * @throws {QuintetError} QUINTET_BIND, QUINTET_SETTING
 */
export async function becomeParent(
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
    carried: sockets > 0 ? await carrySockets(python, sockets, settings.tempDir) : "",
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
  // It warns that this is experimental, on stderr, if nobody else takes the warning.
  process.removeAllListeners("warning");
  const command = [...parentCommand(python, "parent"), ...args];
  const env = { ...process.env, ...inParts("QUINTET_PARENT", JSON.stringify(config)) };
  // What this process has compiled is else written when it exits, which it never does.
  flushCompileCache();
  return process.execve?.(python, command, env) as never;
}

/**
 * Megabytes of the heap in which new objects live. Left alone, V8 lets it grow to 32 and more with the first burst of requests,
 * and never gives it back; requests live too short to gain by it.
 */
const NEW_OBJECTS = "--max-semi-space-size";
const NEW_OBJECTS_SIZE = 8;
/** A front looks for garbage when it is at rest: see src/front/at-rest.ts. */
const GIVES_BACK = "--expose-gc";

/** The flags that this Node was started with, and those that a front is to have in any case. */
function nodeFlags(): string[] {
  const given = process.execArgv;
  const says = [...given, process.env.NODE_OPTIONS ?? ""].some((each) =>
    each.includes(NEW_OBJECTS),
  );
  const flags = [NO_DEBUGGER, GIVES_BACK, ...(says ? [] : [`${NEW_OBJECTS}=${NEW_OBJECTS_SIZE}`])];
  return [...flags, ...given.filter((flag) => !flags.includes(flag))];
}

/** Linux takes no variable of more than 128 KiB: the longer text is several, numbered from 0. */
function inParts(name: string, text: string): Record<string, string> {
  const parts: Record<string, string> = {};
  // A code unit is at most 3 bytes. A pair of them is not parted.
  const pattern = /[^]{1,40000}(?![\uDC00-\uDFFF])/g;
  for (const [index, [part]] of Array.from(text.matchAll(pattern)).entries()) {
    parts[`${name}_${index}`] = part;
  }
  return parts;
}

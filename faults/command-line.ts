import { basename, isAbsolute, relative } from "node:path";
import { root } from "../testing/paths.ts";
import type { Server } from "./servers.ts";

/** The command of a server as a person would type it, wherever its programs and the application lie. */
export function commandLine(server: Server): string {
  const start = { port: 8000, folder: "SITE", scratch: "SCRATCH" };
  const [program, ...args] = server.command(start, []) as [string, ...string[]];
  const shown = args.map((each) => (isAbsolute(each) ? relative(root, each) : each));
  return [basename(program), ...shown].join(" ");
}

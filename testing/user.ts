import type { StartOptions } from "./server.ts";

/**
 * What starts a program as a user that is not root, to whom limits and permissions apply; nothing where the tests are run by
 * such a one.
 */
export const asUser: string[] =
  process.getuid?.() === 0 ? ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"] : [];

/** The options for a server of that user. It may not reach the tests' own Python. */
export const ofUser: StartOptions = {
  by: asUser,
  args: ["--python", "/usr/bin/python3"],
  searchPython: true,
};

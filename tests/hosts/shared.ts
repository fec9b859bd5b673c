import { after } from "node:test";
import { type PythonServer, servePython, type ServerName } from "../../testing/python-server.ts";

/** One server for the tests of a suite: the first that asks starts it, and it stops after the last. */
export function shared(
  name: ServerName,
  file: string,
  env: NodeJS.ProcessEnv = {},
): () => Promise<PythonServer> {
  let server: Promise<PythonServer> | undefined;
  const ends: (() => Promise<void>)[] = [];
  after(async () => {
    for (const end of ends) await end();
  });
  return () => (server ??= servePython({ after: (end) => void ends.push(end) }, name, file, env));
}

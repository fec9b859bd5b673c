import { fileURLToPath } from "node:url";

/** The repository's root: every server is started here, so that a printed command line can be pasted into a shell. */
export const root: string = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** Where the peers are installed, relative to the root; bench/setup.ts makes it. */
export const venv = "bench/.venv";

/** The Python that runs the applications, under every server. */
export const python: string = `${venv}/bin/python`;

import { fileURLToPath } from "node:url";

/** The repository's root: every server is started here, so that a printed command line can be pasted into a shell. */
export const root: string = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

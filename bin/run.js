// Runs a module of ours: `node bin/run.js MODULE ARGUMENT…`. As JavaScript, for a module in TypeScript that Node is given
// is translated at each start; one that is imported only once.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import "./compile-cache.js";

process.argv.splice(1, 1);
await import(pathToFileURL(resolve(process.argv[1])).href);

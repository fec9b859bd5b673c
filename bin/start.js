import { existsSync } from "node:fs";
import "./compile-cache.js";

// The repository runs its sources as they are; Node refuses that inside node_modules, where the built files are.
const built = new URL("../dist/cli/main.js", import.meta.url);
const isInstalled =
  import.meta.url.includes("/node_modules/") || !existsSync(new URL("../src", import.meta.url));
const { main } = await import(
  isInstalled ? built.href : new URL("../src/cli/main.ts", import.meta.url).href
);
await main(process.argv.slice(2));

// npm run build: what is published, as JavaScript with types, in dist/.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { root, run, step } from "./lib/steps.ts";

await step("Building dist/", async () => {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  await run([join(root, "node_modules", ".bin", "tsc"), "--project", "tsconfig.build.json"]);
});

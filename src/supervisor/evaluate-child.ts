// The process that loads a user's TypeScript. What it is made of is compiled once, not with each start and reload.
import { enableCompileCache } from "node:module";

enableCompileCache();
await import("./evaluate-main.ts");

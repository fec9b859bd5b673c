import { OLDER } from "./pairs.ts";
import { runOn } from "./suite.ts";

runOn((version) => !OLDER.has(version));

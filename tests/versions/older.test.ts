import { OLDER } from "./pairs.ts";
import { runOn, sayMissing } from "./suite.ts";

sayMissing();
runOn((version) => OLDER.has(version));

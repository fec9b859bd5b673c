import { onPostgres } from "../../testing/oms.ts";
import { testLoad } from "./load.ts";

testLoad(onPostgres);

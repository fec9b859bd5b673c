import { onSqlite } from "../../testing/oms.ts";
import { testLoad } from "./load.ts";

testLoad(onSqlite);

import { onSqlite } from "../../testing/oms.ts";
import { testShop } from "./shop.ts";

testShop(onSqlite);

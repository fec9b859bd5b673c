import { onPostgres } from "../../testing/oms.ts";
import { testShop } from "./shop.ts";

testShop(onPostgres);

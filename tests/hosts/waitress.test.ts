import { waitress } from "../../testing/hosts/waitress.ts";
import { runOn } from "./suite.ts";

runOn(waitress);

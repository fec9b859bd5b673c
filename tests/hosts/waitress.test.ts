import { waitress } from "../support/hosts/waitress.ts";
import { runOn } from "./suite.ts";

runOn(waitress);

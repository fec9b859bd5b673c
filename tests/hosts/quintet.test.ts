import { quintet } from "../support/hosts/quintet.ts";
import { runOn } from "./suite.ts";

runOn(quintet);

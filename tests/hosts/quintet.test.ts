import { quintet } from "../../testing/hosts/quintet.ts";
import { runOn } from "./suite.ts";

runOn(quintet);

import { nginx } from "../support/hosts/nginx.ts";
import { runOn } from "./suite.ts";

runOn(nginx);

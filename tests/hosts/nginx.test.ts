import { nginx } from "../../testing/hosts/nginx.ts";
import { runOn } from "./suite.ts";

runOn(nginx);

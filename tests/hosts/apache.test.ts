import { apacheDaemon, apacheEmbedded, modWsgiExpress } from "../../testing/hosts/apache.ts";
import { runOn } from "./suite.ts";

for (const host of [apacheDaemon, apacheEmbedded, modWsgiExpress]) runOn(host);

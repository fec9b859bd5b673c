import { uwsgiHttp, uwsgiLazy } from "../../testing/hosts/uwsgi.ts";
import { runOn } from "./suite.ts";

for (const host of [uwsgiHttp, uwsgiLazy]) runOn(host);

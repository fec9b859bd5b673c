import { uwsgiHttp, uwsgiLazy } from "../support/hosts/uwsgi.ts";
import { runOn } from "./suite.ts";

for (const host of [uwsgiHttp, uwsgiLazy]) runOn(host);

import { apacheDaemon, apacheEmbedded, modWsgiExpress } from "../support/hosts/apache.ts";
import { gunicornPreload, gunicornSync, gunicornThreads } from "../support/hosts/gunicorn.ts";
import type { Host } from "../support/hosts/host.ts";
import { nginx } from "../support/hosts/nginx.ts";
import { quintet } from "../support/hosts/quintet.ts";
import { uwsgiHttp, uwsgiLazy } from "../support/hosts/uwsgi.ts";
import { waitress } from "../support/hosts/waitress.ts";

/** The columns of docs/reference/hosts.md. */
export const hosts: Host[] = [
  quintet,
  gunicornSync,
  gunicornThreads,
  gunicornPreload,
  uwsgiHttp,
  uwsgiLazy,
  nginx,
  apacheDaemon,
  apacheEmbedded,
  modWsgiExpress,
  waitress,
];

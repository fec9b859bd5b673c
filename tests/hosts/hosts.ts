import { apacheDaemon, apacheEmbedded, modWsgiExpress } from "../../testing/hosts/apache.ts";
import { gunicornPreload, gunicornSync, gunicornThreads } from "../../testing/hosts/gunicorn.ts";
import type { Host } from "../../testing/hosts/host.ts";
import { nginx } from "../../testing/hosts/nginx.ts";
import { quintet } from "../../testing/hosts/quintet.ts";
import { uwsgiHttp, uwsgiLazy } from "../../testing/hosts/uwsgi.ts";
import { waitress } from "../../testing/hosts/waitress.ts";

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

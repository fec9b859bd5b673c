/**
 * WSGI config for a site with a page in TypeScript: /status.json is ours, the rest is Django's.
 *
 * It exposes the WSGI callable as a module-level variable named `application`. Serve it with
 * `quintet examples/typescript/wsgi.ts`, after `npm start` has set the Django project up once.
 */

import { join } from "node:path";
import { getWsgiApplication } from "quintet/django";
import { mount } from "quintet/mount";
import type { WsgiApplication } from "quintet/wsgi";

process.env.DJANGO_SETTINGS_MODULE ??= "oms.settings";

const django = getWsgiApplication({ project: join(import.meta.dirname, "..", "oms") });

/** Something that is easier to say in TypeScript than in Python: how this very process is doing. */
const status: WsgiApplication = (environ, startResponse) => {
  const body = JSON.stringify({
    node: process.versions.node,
    pid: process.pid,
    uptime: Math.round(process.uptime()),
    request: environ.REQUEST_ID,
  });
  startResponse("200 OK", [["Content-Type", "application/json"]]);
  return [new TextEncoder().encode(`${body}\n`)];
};

export const application: WsgiApplication = mount({ "/status.json": status, "/": django });

import type { HostShop } from "../../testing/hosts/shop.ts";
import type { Site } from "../../testing/hosts/host.ts";
import * as bodies from "./checks/bodies.ts";
import * as environ from "./checks/environ.ts";
import * as failures from "./checks/failures.ts";
import * as life from "./checks/life.ts";
import * as pages from "./checks/pages.ts";

/** What a check is given: a server that runs, and a way to start another one like it. */
export interface Subject {
  site: Site;
  shop: HostShop;
  start(env: NodeJS.ProcessEnv): Promise<Site>;
  /** Milliseconds to wait for what happens later: less if the host cannot do it, which must not take long to see. */
  patience: number;
}

/** What every host of a WSGI application is expected to do: the rows of docs/reference/hosts.md. */
export const behaviours = {
  pages: { title: "Log in, the dashboard, the orders", check: pages.orders },
  admin: { title: "Django's admin", check: pages.admin },
  export: { title: "A long CSV export is complete", check: pages.csvExport },
  static: { title: "Static files and media", check: pages.staticFiles },
  address: {
    title: "environ: path, query, client, headers as sent",
    check: environ.address,
  },
  values: { title: "environ: `wsgi.*` as PEP 3333 requires", check: environ.values },
  cookies: { title: "Two `Set-Cookie` headers stay two", check: environ.cookies },
  head: { title: "HEAD: the headers, no body", check: environ.head },
  stream: { title: "A stream arrives chunk by chunk", check: bodies.stream },
  upload: { title: "A file uploaded in a form", check: bodies.upload },
  large: { title: "A body of 10 MB", check: bodies.largeBody },
  chunked: { title: "A chunked body reaches Django", check: bodies.chunkedBody },
  download: { title: "A download (`FileResponse` of a PDF)", check: bodies.download },
  file: { title: "A file of 10 MB (`wsgi.file_wrapper`)", check: bodies.file },
  missing: { title: "404: the project's own page", check: failures.missing },
  boom: { title: "A view raises: 500, the traceback in the log", check: failures.boom },
  cut: { title: "A stream dies: the client can tell that it is truncated", check: failures.cut },
  errors: { title: "`wsgi.errors` goes to the log", check: failures.errors },
  outside: { title: "`DJANGO_SETTINGS_MODULE` from outside takes precedence", check: life.outside },
  reload: { title: "A reload loads a changed `wsgi.ts` and project", check: life.reload },
  stop: { title: "SIGTERM ends the server and all its processes", check: life.stop },
  inside: { title: "Otherwise `DJANGO_SETTINGS_MODULE` comes from `wsgi.ts`", check: life.inside },
} satisfies Record<string, { title: string; check(subject: Subject): Promise<void> }>;

export type BehaviourName = keyof typeof behaviours;

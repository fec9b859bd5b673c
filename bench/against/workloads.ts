import { join } from "node:path";
import { root } from "../paths.ts";

/** What both sides serve, and the requests for it. The applications are this checkout's for both sides. */
export interface Workload {
  name: string;
  title: string;
  /** The folder that holds the application. */
  directory: string;
  /** MODULE:ATTRIBUTE of the WSGI callable. */
  target: string;
  path: string;
  /** Bytes of the body of each POST; without it, the requests are GET. */
  bodyBytes?: number;
  /** Measures how soon a server answers after it is started, instead of how it works under load. */
  startsOnly?: boolean;
}

const apps = join(root, "bench", "apps");
const ownApps = join(root, "bench", "against", "apps");

/** The file that `static` asks for, and its size. */
export const staticFile = "page.txt";
export const staticBytes = 10_240;

export const workloads: Workload[] = [
  {
    name: "hello",
    title: "hello-world WSGI",
    directory: apps,
    target: "hello:application",
    path: "/",
  },
  {
    name: "django",
    title: "Django hello view",
    directory: join(apps, "djangohello"),
    target: "djangohello.wsgi:application",
    path: "/",
  },
  {
    name: "post",
    title: "POST of 10 KiB, which the application reads",
    directory: ownApps,
    target: "sink:application",
    path: "/",
    bodyBytes: 10_240,
  },
  {
    name: "static",
    title: "a static file of 10 KiB",
    directory: ownApps,
    target: "files:application",
    path: `/static/${staticFile}`,
  },
  {
    name: "start",
    title: "from starting hello-world to its first answer",
    directory: apps,
    target: "hello:application",
    path: "/",
    startsOnly: true,
  },
];

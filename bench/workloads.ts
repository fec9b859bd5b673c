import { logIn, prepareOrders } from "./orders.ts";

/** What is served and asked for. The same for every server. */
export interface Workload {
  name: string;
  title: string;
  /** The directory that holds the application, relative to the repository's root. */
  directory: string;
  /** MODULE:ATTRIBUTE of the WSGI callable. */
  target: string;
  /** The same written in TypeScript, or middleware in TypeScript around it; relative to the repository's root. */
  typescript?: string;
  path: string;
  /** Made once a run, before any server starts: the environment that the application needs. */
  prepare?(scratch: string): Promise<Record<string, string>>;
  /** Made once a run, with the first server that is up: headers that every request carries. */
  headers?(port: number, path: string): Promise<Record<string, string>>;
}

export const workloads: Workload[] = [
  {
    name: "hello",
    title: "hello-world WSGI",
    directory: "bench/apps",
    target: "hello:application",
    typescript: "bench/apps/typescript/hello.ts",
    path: "/",
  },
  {
    name: "django",
    title: "Django hello view, the middleware of startproject",
    directory: "bench/apps/djangohello",
    target: "djangohello.wsgi:application",
    typescript: "bench/apps/typescript/django.ts",
    path: "/",
  },
  {
    name: "orders",
    title: "the orders page: a login, SQL and templates",
    directory: "examples/oms",
    target: "oms.wsgi:application",
    path: "/orders/",
    prepare: prepareOrders,
    headers: logIn,
  },
];

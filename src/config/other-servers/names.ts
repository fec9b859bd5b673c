import type { Settings } from "../settings.ts";

/** What another server's setting is here. */
export interface Counterpart {
  /** Our setting; null where there is none. */
  setting: keyof Settings | null;
  /** Its value as ours; undefined where that cannot be said. Without this it is taken as it is. */
  value?(theirs: unknown): unknown;
  /** What to say beside it. */
  note?: string;
}

const list = (theirs: unknown): unknown => (Array.isArray(theirs) ? theirs : [theirs]);
const megabytes = (theirs: unknown): unknown => Number(theirs) * 1024 ** 2;
const on = (theirs: unknown): unknown =>
  theirs === true || theirs === "true" || theirs === "1" ? true : undefined;
const nothing = (note: string): Counterpart => ({ setting: null, note });

/** Gunicorn's settings (its documentation: "Settings"), as far as they say something to us. */
export const gunicornSettings: Record<string, Counterpart> = {
  bind: { setting: "bind", value: list },
  workers: { setting: "workers" },
  threads: { setting: "threads" },
  timeout: { setting: "timeout" },
  graceful_timeout: { setting: "gracefulTimeout" },
  keepalive: { setting: "keepAlive" },
  max_requests: { setting: "maxRequests" },
  max_requests_jitter: { setting: "maxRequestsJitter" },
  backlog: { setting: "backlog", note: "here: requests that wait for a worker" },
  limit_request_line: { setting: "limitRequestLine" },
  limit_request_fields: { setting: "limitRequestFields" },
  limit_request_field_size: { setting: "limitRequestFieldSize" },
  worker_connections: { setting: "maxConnections", note: "here: of the whole server" },
  chdir: { setting: "chdir" },
  user: { setting: "user", value: String },
  group: { setting: "group", value: String },
  raw_env: { setting: "env", value: list },
  preload_app: { setting: "preload" },
  worker_tmp_dir: { setting: "tempDir" },
  accesslog: {
    setting: "accessLog",
    value: (theirs) => theirs !== null && theirs !== "",
    note: "part of the log, see logFile",
  },
  errorlog: { setting: "logFile", value: (theirs) => (theirs === "-" ? "" : theirs) },
  loglevel: {
    setting: "logLevel",
    value: (theirs) =>
      ({ debug: "debug", info: "info", warning: "warn", error: "error", critical: "error" })[
        String(theirs)
      ],
  },
  post_fork: { setting: "hooks", value: () => undefined, note: "a module with post_fork(worker)" },
  worker_exit: {
    setting: "hooks",
    value: () => undefined,
    note: "a module with worker_exit(worker)",
  },
  wsgi_app: nothing("name it on the command line: quintet TARGET"),
  worker_class: nothing("not needed: no client holds a worker, see threads"),
  reload: nothing("see touchReload"),
  pythonpath: nothing("set PYTHONPATH with env"),
  daemon: nothing("have systemd start it"),
  pidfile: nothing("not needed: quintet status"),
  proc_name: nothing("it is called quintet"),
};

/** uWSGI's options, as far as they say something to us. */
export const uwsgiSettings: Record<string, Counterpart> = {
  http: { setting: "bind", value: list },
  "http-socket": { setting: "bind", value: list },
  https: nothing("TLS ends in front, such as in nginx"),
  socket: nothing("Quintet speaks HTTP, not the uwsgi protocol: see bind, and proxy_pass in nginx"),
  processes: { setting: "workers" },
  workers: { setting: "workers" },
  threads: { setting: "threads" },
  harakiri: { setting: "timeout" },
  "max-requests": { setting: "maxRequests" },
  "max-requests-delta": { setting: "maxRequestsJitter" },
  "max-worker-lifetime": { setting: "maxAge" },
  "worker-reload-mercy": { setting: "gracefulTimeout" },
  "reload-mercy": { setting: "gracefulTimeout" },
  "reload-on-rss": { setting: "maxMemory", value: megabytes },
  "evil-reload-on-rss": { setting: "maxMemoryHard", value: megabytes },
  "touch-reload": { setting: "touchReload", value: list },
  "limit-post": { setting: "limitRequestBody", value: Number },
  "static-map": { setting: "staticMap", value: list },
  "lazy-apps": { setting: "preload", value: (theirs) => (on(theirs) ? false : undefined) },
  chdir: { setting: "chdir" },
  uid: { setting: "user" },
  gid: { setting: "group" },
  env: { setting: "env", value: list },
  logto: { setting: "logFile" },
  "disable-logging": { setting: "accessLog", value: (theirs) => (on(theirs) ? false : undefined) },
  home: { setting: "python", value: (theirs) => `${String(theirs)}/bin/python` },
  virtualenv: { setting: "python", value: (theirs) => `${String(theirs)}/bin/python` },
  venv: { setting: "python", value: (theirs) => `${String(theirs)}/bin/python` },
  module: nothing("name it on the command line: quintet TARGET"),
  wsgi: nothing("name it on the command line: quintet TARGET"),
  "wsgi-file": nothing("name its module on the command line: quintet shop.wsgi:application"),
  callable: nothing("a part of the target: quintet shop.wsgi:CALLABLE"),
  pythonpath: nothing("set PYTHONPATH with env"),
  master: nothing("there always is one"),
  vacuum: nothing("done always"),
  "die-on-term": nothing("done always"),
  "enable-threads": nothing("done always"),
  "single-interpreter": nothing("done always"),
  "need-app": nothing("done always"),
};

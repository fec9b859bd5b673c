import type { Setting } from "../settings/setting.ts";
import { settingNames, settingsTable } from "../settings/table.ts";
import type { Settings } from "../settings.ts";

/** Our setting for another server's setting, or a note about what to do instead. */
export interface Counterpart {
  setting: keyof Settings | null;
  /** Converts that server's value to ours; undefined if it has no equivalent. */
  convert(theirs: unknown): unknown;
  note: string;
}

/** Gunicorn's settings without a setting of ours. The settings table has the names of all others. */
const GUNICORN_NOTES: Record<string, string> = {
  wsgi_app: "name it on the command line: quintet TARGET",
  worker_class: "not needed: a slow client never occupies a worker, see threads",
  reload: "see touchReload",
  pythonpath: "set PYTHONPATH with env",
  daemon: "let systemd start it",
  pidfile: "not needed: quintet status",
  proc_name: "the process is always called quintet",
};

const UWSGI_NOTES: Record<string, string> = {
  https: "terminate TLS in front of it, for example in nginx",
  socket: "Quintet speaks HTTP, not the uwsgi protocol: see bind, and proxy_pass in nginx",
  module: "name it on the command line: quintet TARGET",
  wsgi: "name it on the command line: quintet TARGET",
  "wsgi-file": "name its module on the command line: quintet shop.wsgi:application",
  callable: "part of the target: quintet shop.wsgi:CALLABLE",
  pythonpath: "set PYTHONPATH with env",
  master: "always on",
  vacuum: "always on",
  "die-on-term": "always on",
  "enable-threads": "always on",
  "single-interpreter": "always on",
  "need-app": "always on",
};

/** The counterparts of Gunicorn's settings, by Gunicorn's names. */
export function gunicornCounterparts(): Map<string, Counterpart> {
  return counterparts("gunicorn", GUNICORN_NOTES);
}

/** The counterparts of uWSGI's options, by uWSGI's names. */
export function uwsgiCounterparts(): Map<string, Counterpart> {
  return counterparts("uwsgi", UWSGI_NOTES);
}

function counterparts(
  server: "gunicorn" | "uwsgi",
  notes: Record<string, string>,
): Map<string, Counterpart> {
  const found = new Map<string, Counterpart>();
  const asItIs = (theirs: unknown): unknown => theirs;
  for (const [name, note] of Object.entries(notes)) {
    found.set(name, { setting: null, convert: asItIs, note });
  }
  for (const setting of settingNames) {
    const row: Setting = settingsTable[setting];
    for (const each of row[server] ?? []) {
      const {
        name,
        convert = asItIs,
        note = "",
      } = typeof each === "string" ? { name: each } : each;
      found.set(name, { setting, convert, note });
    }
  }
  return found;
}

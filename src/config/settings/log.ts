import { isTrue } from "../other-servers/convert.ts";
import type { SettingGroup } from "./setting.ts";

const GUNICORN_LEVELS: Record<string, string> = {
  debug: "debug",
  info: "info",
  warning: "warn",
  error: "error",
  critical: "error",
};

export const log: SettingGroup = {
  title: "Log",
  settings: {
    accessLog: {
      kind: "switch",
      default: true,
      appliedBy: "upgrade",
      gunicorn: [
        {
          name: "accesslog",
          convert: (theirs) => theirs !== null && theirs !== "",
          note: "part of the log, see logFile",
        },
      ],
      uwsgi: [
        { name: "disable-logging", convert: (theirs) => (isTrue(theirs) ? false : undefined) },
      ],
      doc: "Log each request.",
      docOff: "Disable the access log.",
    },
    logLevel: {
      kind: "choice",
      default: "info",
      choices: ["debug", "info", "warn", "error"],
      placeholder: "LEVEL",
      applicationOption: true,
      gunicorn: [{ name: "loglevel", convert: (theirs) => GUNICORN_LEVELS[String(theirs)] }],
      doc: "Least severe level that is logged.",
    },
    logFormat: {
      kind: "choice",
      default: "auto",
      choices: ["auto", "text", "json"],
      placeholder: "FORMAT",
      appliedBy: "restart",
      applicationOption: true,
      doc: "Format of the log: text for people, json for one JSON object a line. auto is text on a terminal and json elsewhere.",
    },
    logFile: {
      kind: "text",
      default: null,
      placeholder: "FILE",
      none: { text: "", means: "standard output" },
      appliedBy: "upgrade",
      gunicorn: [{ name: "errorlog", convert: (theirs) => (theirs === "-" ? null : theirs) }],
      uwsgi: ["logto"],
      doc: "File that the log is appended to. SIGUSR1 reopens it after it has been moved away.",
    },
  },
};

import { flagName, variableName } from "../config/settings/names.ts";
import { isFlag, type Setting, settingNames, settingsTable } from "../config/settings/table.ts";

const WIDTH = 100;
const INDENT = 30;

/** The text of `quintet --help`. */
export function helpText(): string {
  const flags = settingNames.map((name) => {
    const setting = settingsTable[name] as Setting<unknown>;
    const short = setting.short ? `-${setting.short}, ` : "";
    const usage = `${short}--${usageOf(flagName(name), setting)}`;
    const isNegative = isFlag(setting) && setting.default === true;
    const doc = isNegative ? `Do not: ${setting.doc}` : setting.doc;
    return entry(usage, `${doc} Default: ${defaultText(setting)}.`);
  });
  return `quintet: run Django, and every other Python WSGI application, from TypeScript

Usage:
  quintet [options] [target]    serve an application
  quintet init [folder|wsgi.py] write a wsgi.ts that serves what the project's wsgi.py serves
  quintet export [wsgi.ts] [wsgi.py]
                                write the wsgi.py with which other servers (Gunicorn, uWSGI,
                                mod_wsgi) serve a wsgi.ts
  quintet status [--json]       what the servers of this user do
  quintet reload [--pid PID]    load the application anew, without losing a request; returns when
                                that is done, or says why nothing was changed
  quintet upgrade [--pid PID]   move over to the version of Quintet that is on disk now, likewise
  quintet scale N [--pid PID]   so many workers, until the next reload or upgrade
  quintet stop [--pid PID]      finish what runs and stop

The target is a wsgi.ts, or a Python module: oms.wsgi:application, oms.wsgi, "shop:create_app()".
Without one: the wsgi.ts of this folder, else its wsgi.py or */wsgi.py, else the Django project whose
manage.py is here.

Options:
${entry("-c, --config FILE", "Settings from this file. Default: quintet.config.ts, if there is one.")}
${flags.join("\n")}
${entry("-h, --help", "This text.")}
${entry("--version", "The versions of Quintet and Node.")}

Every setting can also stand in the config file (gracefulTimeout) or in a variable
(${variableName("gracefulTimeout")}). The command line wins over variables, variables over the file.
`;
}

function usageOf(flag: string, setting: Setting<unknown>): string {
  if (!isFlag(setting)) return `${flag} ${setting.value ?? ""}`;
  if (setting.kind === "auto") return `${flag} | --no-${flag}`;
  return setting.default === true ? `no-${flag}` : flag;
}

/** How a setting's default is told. */
export function defaultText(setting: Setting<unknown>): string {
  if (setting.defaultText) return setting.defaultText;
  const value = setting.default;
  if (Array.isArray(value)) return value.length > 0 ? value.join(" ") : "none";
  if (typeof value === "boolean") return value ? "on" : "off";
  return String(value);
}

function entry(usage: string, doc: string): string {
  const lines: string[] = [];
  let line = `  ${usage}`.padEnd(INDENT);
  if (!line.endsWith(" ")) {
    lines.push(line);
    line = " ".repeat(INDENT);
  }
  for (const word of doc.split(" ")) {
    if (line.length + word.length + 1 > WIDTH) {
      lines.push(line.trimEnd());
      line = " ".repeat(INDENT);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join("\n");
}

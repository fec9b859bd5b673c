import type { Command } from "../command.ts";

export const init: Command = {
  name: "init",
  usage: "[folder | wsgi.py]",
  summary: "Write a wsgi.ts that serves what the project's wsgi.py serves.",
  details: "Reads the Django project without running any of it. Never overwrites a file.",
  maxWords: 1,
  settings: ["python"],
  flags: {},
  async run({ words: [where = "."], settings }) {
    const { writeWsgiTs } = await import("../init/write-wsgi-ts.ts");
    writeWsgiTs(where, settings.python ?? null);
  },
};

import type { Command } from "../command.ts";

export const exportCommand: Command = {
  name: "export",
  usage: "[wsgi.ts] [wsgi.py]",
  summary: "Write a wsgi.py with which other servers (Gunicorn, uWSGI, mod_wsgi) serve a wsgi.ts.",
  details: "That file needs the Python package quintet-wsgi. Never overwrites a file.",
  maxWords: 2,
  settings: [],
  flags: {},
  async run({ words: [source = "wsgi.ts", named] }) {
    const { writeWsgiPy } = await import("../init/write-wsgi-py.ts");
    writeWsgiPy(source, named);
  },
};

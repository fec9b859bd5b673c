import { tmpdir } from "node:os";
import { defaultControlFolder } from "../control-folder.ts";
import { toList } from "../other-servers/convert.ts";
import { ADDRESS_FORMS, expectedAddress } from "../values/address.ts";
import type { SettingGroup } from "./setting.ts";

export const server: SettingGroup = {
  title: "Addresses and processes",
  settings: {
    bind: {
      kind: "list",
      default: ["127.0.0.1:8000"],
      defaultText:
        "0.0.0.0 with the port from the variable PORT if it is set, otherwise 127.0.0.1:8000",
      placeholder: "ADDRESS",
      short: "b",
      nonEmpty: true,
      check: expectedAddress,
      appliedBy: "restart",
      gunicorn: [{ name: "bind", convert: toList }],
      uwsgi: [
        { name: "http", convert: toList },
        { name: "http-socket", convert: toList },
      ],
      doc: `Address to listen on: ${ADDRESS_FORMS}. The file of a unix socket has mode 0666 and belongs to the server's user, unless the address says otherwise. May be given several times.`,
    },
    fronts: {
      kind: "whole",
      default: 1,
      placeholder: "N",
      min: 1,
      max: 64,
      appliedBy: "restart",
      doc: "Number of front processes. Each accepts a share of the connections and gets its share of `workers`, `backlog`, `maxConnections` and `spoolLimit`. One is enough until the front itself uses a whole CPU.",
    },
    user: {
      kind: "text",
      default: null,
      placeholder: "USER",
      short: "u",
      none: { text: "", means: "the user that starts the server" },
      appliedBy: "restart",
      gunicorn: [{ name: "user", convert: String }],
      uwsgi: ["uid"],
      doc: "User (a name or a number) that the server switches to, with all the user's groups. Root must start the server. It switches after it has bound its addresses and opened the log, and before it starts any other process. Requires Python 3.9 or newer on this machine.",
    },
    group: {
      kind: "text",
      default: null,
      placeholder: "GROUP",
      short: "g",
      none: { text: "", means: "the group of `user`" },
      appliedBy: "restart",
      gunicorn: [{ name: "group", convert: String }],
      uwsgi: ["gid"],
      doc: "Group (a name or a number) that the server switches to instead of the group of `user`. Requires `user`.",
    },
    chdir: {
      kind: "text",
      default: null,
      placeholder: "DIR",
      none: { text: "", means: "the current folder" },
      gunicorn: ["chdir"],
      uwsgi: ["chdir"],
      doc: "Folder to change to before anything is loaded.",
    },
    tempDir: {
      kind: "text",
      default: tmpdir(),
      defaultText: "the system's temporary folder",
      placeholder: "DIR",
      appliedBy: "upgrade",
      applicationOption: true,
      gunicorn: ["worker_tmp_dir"],
      doc: "Folder for temporary files: spooled request bodies and responses, and the command's compile cache if a flag or a variable sets the folder. Worker sockets and the pages shared with workers stay in memory, in XDG_RUNTIME_DIR or /dev/shm; they go here only if neither can be used. The default of `control` does not depend on this setting.",
    },
    control: {
      kind: "text",
      default: defaultControlFolder,
      defaultText: "quintet.UID in the system's temporary folder",
      placeholder: "DIR",
      none: { text: "off", means: "no control socket" },
      appliedBy: "restart",
      doc: "Folder for the control socket, through which `quintet status`, `reload`, `upgrade`, `scale` and `stop` reach the server. The folder must belong to the server's user, and nobody else may write to it.",
    },
    touchReload: {
      kind: "list",
      default: [],
      placeholder: "FILE",
      uwsgi: [{ name: "touch-reload", convert: toList }],
      doc: "File that reloads the server when it changes or is touched. It need not exist yet. May be given several times.",
    },
  },
};

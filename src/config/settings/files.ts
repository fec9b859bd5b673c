import { toList } from "../other-servers/convert.ts";
import type { SettingGroup } from "./setting.ts";

export const files: SettingGroup = {
  title: "Static files",
  settings: {
    static: {
      kind: "auto",
      default: "auto",
      applicationOption: true,
      doc: "Serve the files in STATIC_ROOT of a Django project from the front, without a worker. With auto, URLs that a route of the project or WhiteNoise answers are left to them. With true the front always serves the files, with false never.",
    },
    media: {
      kind: "auto",
      default: "auto",
      applicationOption: true,
      doc: "The same for MEDIA_ROOT. With auto, a view that guards uploads is not bypassed.",
    },
    staticMap: {
      kind: "staticMap",
      default: {},
      defaultText: "none",
      placeholder: "URL=PATH",
      applicationOption: true,
      uwsgi: [{ name: "static-map", convert: toList }],
      doc: "Folder or single file that the front serves: /static=var/static, /robots.txt=robots.txt. May be given several times, also with the same URL: the first folder that has the file wins. Requests for files that are in none of them go to the application. Relative paths start in the folder the application runs in.",
    },
  },
};

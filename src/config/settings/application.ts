import { toList } from "../other-servers/convert.ts";
import { isPrefix, isTrusted, TRUSTED_FORMS } from "../values/trusted-proxies.ts";
import type { SettingGroup } from "./setting.ts";

const inVirtualEnvironment = (theirs: unknown): unknown => `${String(theirs)}/bin/python`;

export const application: SettingGroup = {
  title: "Application",
  settings: {
    python: {
      kind: "text",
      default: null,
      placeholder: "COMMAND",
      none: {
        text: "",
        means: "the Python of VIRTUAL_ENV, then of .venv or venv beside the project, then python3",
      },
      applicationOption: true,
      uwsgi: ["home", "virtualenv", "venv"].map((name) => ({
        name,
        convert: inVirtualEnvironment,
      })),
      doc: 'The Python that runs the application: a program, or a command such as "opentelemetry-instrument python".',
    },
    env: {
      kind: "variables",
      default: {},
      defaultText: "none",
      placeholder: "NAME=VALUE",
      short: "e",
      applicationOption: true,
      gunicorn: [{ name: "raw_env", convert: toList }],
      uwsgi: [{ name: "env", convert: toList }],
      doc: 'Environment variable for the application. In a config file a record: { NAME: "value" }. May be given several times.',
    },
    mount: {
      kind: "text",
      default: null,
      placeholder: "PATH",
      none: { text: "", means: "the variable SCRIPT_NAME if it is set, otherwise the root" },
      check: (text) => (isPrefix(text) ? null : "a path, such as /shop"),
      doc: "Path below which the application is served, such as /shop. The application gets it as SCRIPT_NAME and the rest as PATH_INFO. Every other path is answered 404. Use it behind a proxy that does not strip the path.",
    },
    forwardedAllowIps: {
      kind: "list",
      default: ["127.0.0.1", "::1", "unix"],
      placeholder: "ADDRESS",
      check: (text) => (isTrusted(text) ? null : TRUSTED_FORMS),
      doc: `Trusted proxy: ${TRUSTED_FORMS}. Separate several with commas, or give the setting several times; an empty text trusts none. It applies to one header only, SCRIPT_NAME: the path below which the proxy publishes the application, whether or not it strips that path. From any other peer the header is ignored. All other forwarded headers are passed to the application as they are.`,
    },
    livenessPath: {
      kind: "text",
      default: null,
      placeholder: "PATH",
      none: { text: "", means: "no such path" },
      check: (text) => (/^\/[^*?#]*$/.test(text) ? null : "a path, such as /livez"),
      doc: "Path that the front itself answers: 200 to GET and HEAD, whatever state the workers are in. Use it for liveness probes. For readiness probes use a path of the application.",
    },
    strictHeaders: {
      kind: "switch",
      default: false,
      applicationOption: true,
      doc: "Raise an error in start_response() if the application sets a hop-by-hop header (Connection, Keep-Alive, Transfer-Encoding, Upgrade and so on), as PEP 3333 recommends. Otherwise the header is dropped, and each worker logs one warning.",
    },
    headers: {
      kind: "headers",
      default: {},
      defaultText: "none",
      placeholder: "PATH=NAME:VALUE",
      separator: "\n",
      applicationOption: true,
      doc: "Header to add to responses for this path, which may end in *: '/media/*=Content-Security-Policy: sandbox'. It replaces a header of the same name from the application or the front. All matching patterns apply; for the same header the longest wins. May be given several times; in the variable, one per line.",
    },
  },
};

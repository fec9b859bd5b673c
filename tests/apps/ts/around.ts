// Middleware around a Python application, and a TypeScript application beside it.
import { mount } from "quintet/mount";
import { getPythonApplication } from "quintet/python";
import { validator } from "quintet/validator";
import type { WsgiApplication } from "quintet/wsgi";
import { application as typescript } from "./basic.ts";

const python = getPythonApplication("basic:application", { project: `${import.meta.dirname}/..` });

/** Adds a header to whatever the application answers. */
function withHeader(inner: WsgiApplication): WsgiApplication {
  return (environ, startResponse) =>
    inner(environ, (status, headers, excInfo) =>
      startResponse(status, [...headers, ["X-Around", "TypeScript"]], excInfo),
    );
}

async function* viaFetch(): AsyncGenerator<Uint8Array> {
  const response = await python.fetch(new Request("http://inside/hello"));
  yield new Uint8Array(await response.arrayBuffer());
}

const fetching: WsgiApplication = (_environ, startResponse) => {
  startResponse("200 OK", [["Content-Type", "text/plain"]]);
  return viaFetch();
};

export const application: WsgiApplication = validator(
  mount({
    "/py": withHeader(validator(python)),
    "/fetch": fetching,
    "/": typescript,
  }),
);

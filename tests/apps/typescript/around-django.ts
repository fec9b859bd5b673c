// Middleware around Django, in the ways that middleware is written.
import { setTimeout as sleep } from "node:timers/promises";
import { getWsgiApplication } from "quintet/django";
import { validator } from "quintet/validator";
import type { WsgiApplication, WsgiResult } from "quintet/wsgi";

process.env.DJANGO_SETTINGS_MODULE ??= "tiny.settings";

const python = getWsgiApplication({ project: `${import.meta.dirname}/../site` });
const django = validator(python);

/** It awaits something for each chunk. */
async function* slowly(chunks: WsgiResult): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    await sleep(5);
    yield chunk;
  }
}

async function* viaFetch(path: string): AsyncGenerator<Uint8Array> {
  const response = await python.fetch(new Request(`http://inside${path}`));
  for await (const chunk of response.body as ReadableStream<Uint8Array>) yield chunk;
}

/** Django is asked twice at once; the second answer goes first. */
async function* both(): AsyncGenerator<Uint8Array> {
  const paths = ["/sleep/0.1", "/"];
  const responses = paths.map((path) => python.fetch(new Request(`http://inside${path}`)));
  for (const each of responses.toReversed()) {
    yield new Uint8Array(await (await each).arrayBuffer());
  }
}

export const application: WsgiApplication = validator((environ, startResponse) => {
  const [, first, ...rest] = (environ.PATH_INFO as string).split("/");
  const inner = { ...environ, PATH_INFO: `/${rest.join("/")}` };
  switch (first) {
    case "slowly":
      return slowly(django(inner, startResponse));
    case "fetch":
      startResponse("200 OK", [["Content-Type", "text/plain"]]);
      return viaFetch(inner.PATH_INFO);
    case "both":
      startResponse("200 OK", [["Content-Type", "text/plain"]]);
      return both();
    case "crash":
      return process.exit(7);
    default:
      return django(environ, (status, headers, excInfo) =>
        startResponse(status, [...headers, ["X-Around", "Django"]], excInfo),
      );
  }
});

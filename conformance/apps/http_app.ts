// Tells what it saw of a request, as JSON, and keeps a line of it in http.jsonl. The twin of http_app.py.
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { SyncInputStream, WsgiApplication } from "quintet/wsgi";

export const application: WsgiApplication = async function* (environ, startResponse) {
  const body = (environ["wsgi.input"] as SyncInputStream).read();
  const query = String(environ.QUERY_STRING ?? "");
  const seen = {
    method: environ.REQUEST_METHOD,
    path: environ.PATH_INFO ?? "",
    query,
    environ: Object.fromEntries(
      Object.entries(environ).filter(([, value]) => typeof value === "string"),
    ),
    length: body.length,
    sha256: createHash("sha256").update(body).digest("hex"),
  };
  const folder = process.env["CONFORMANCE_FOLDER"] as string;
  appendFileSync(join(folder, "http.jsonl"), `${JSON.stringify(seen)}\n`);
  const asked = new URLSearchParams(query);
  const seconds = Number(asked.get("sleep") ?? 0);
  if (seconds > 0) await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const pad = "x".repeat(Number(asked.get("pad") ?? 0));
  const answer = Buffer.from(JSON.stringify({ ...seen, pad }));
  startResponse("200 OK", [
    ["Content-Type", "application/json"],
    ["Content-Length", String(answer.length)],
  ]);
  yield answer;
};

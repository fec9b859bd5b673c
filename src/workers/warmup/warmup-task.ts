import { Task } from "../../dispatch/task.ts";
import type { QuintetError } from "../../shared/errors.ts";
import { decodePath } from "../../http/request/request-target.ts";
import { choosePrefix, placeBelow } from "../../http/proxy/prefix.ts";
import { newRequestId } from "../../http/request/request-id.ts";
import type { WarmupTarget } from "../../config/values/warmup-target.ts";
import type { WorkerFacts } from "../../wire/json-messages.ts";
import type { ResponseHead } from "../../wire/response-head.ts";

/** How a warm-up request has ended. */
export interface WarmupAnswer {
  /** 0 if there was no response. */
  status: number;
  /** The target of a redirect; "" if the response is not a redirect. */
  location: string;
  /** Why the response is incomplete; "" if it is complete. */
  broken: string;
}

/** The host if neither the setting nor Django's ALLOWED_HOSTS names one. */
const DEFAULT_HOST = "localhost";

/** The facts that a request depends on. */
type RequestFacts = Pick<WorkerFacts, "host" | "secure" | "scriptName" | "forced" | "forcedInUrls">;

/** A GET request that the server makes itself. Its response is read to the end and discarded. */
export class WarmupTask extends Task {
  /** The request is for one worker, so no other one may run it. */
  override readonly isRecallable = false;
  readonly answer: Promise<WarmupAnswer>;
  /** The host that the request names. */
  readonly host: string;
  readonly #target: WarmupTarget;
  readonly #prefix: string;
  #head: ResponseHead | null = null;
  #resolve!: (answer: WarmupAnswer) => void;

  /** @param mount the setting `mount`: the path that the application is mounted on */
  constructor(target: WarmupTarget, facts: RequestFacts, mount: string) {
    super();
    const { host, secure } = facts;
    this.#target = target;
    const prefix = choosePrefix(mount, facts);
    this.#prefix = prefix.mount || prefix.forced;
    this.requestId = `warmup-${newRequestId()}`;
    this.host = target.host ?? host ?? DEFAULT_HOST;
    this.environ = this.#environ(target.scheme ?? (secure ? "https" : "http"));
    this.answer = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  override onAnswer(head: ResponseHead): void {
    this.#head = head;
    this.#end("");
  }

  override onStart(head: ResponseHead, _flags: number, data: Buffer): void {
    this.#head = head;
    this.#drop(data);
  }

  override onData(data: Buffer): void {
    this.#drop(data);
  }

  override onEnd(): void {
    this.#end("");
  }

  override onAbort(_code: string, reason: string): void {
    this.#end(reason);
  }

  override onFail(_status: number, error: QuintetError): void {
    this.#end(error.message);
  }

  override describe(): string {
    return `the warmup ${this.#target.text}`;
  }

  #drop(data: Buffer): void {
    // Later, because the caller is still handling the frame.
    if (data.length > 0) setImmediate(() => this.take(data.length));
  }

  #end(broken: string): void {
    const fields = this.#head?.fields ?? [];
    const at = fields.findIndex((name, index) => index % 2 === 0 && /^location$/i.test(name));
    const location = at < 0 ? "" : (fields[at + 1] as string);
    this.#resolve({ status: this.#head?.code ?? 0, location, broken });
  }

  #environ(scheme: "http" | "https"): string {
    const { query } = this.#target;
    const { host } = this;
    const { scriptName, url } = placeBelow(this.#prefix, this.#target.path);
    const path = scriptName + url;
    const port = /:(\d+)$/.exec(host)?.[1] ?? (scheme === "https" ? "443" : "80");
    const variables = {
      REQUEST_METHOD: "GET",
      SCRIPT_NAME: decodePath(scriptName),
      PATH_INFO: decodePath(url),
      QUERY_STRING: query,
      SERVER_PROTOCOL: "HTTP/1.1",
      REQUEST_URI: query === "" ? path : `${path}?${query}`,
      REQUEST_ID: this.requestId,
      SERVER_NAME: host.replace(/:\d+$/, ""),
      SERVER_PORT: port,
      REMOTE_ADDR: "127.0.0.1",
      REMOTE_PORT: "",
      "wsgi.url_scheme": scheme,
      HTTP_HOST: host,
      HTTP_USER_AGENT: "quintet-warmup",
      "quintet.warmup": "1",
    };
    return Object.entries(variables)
      .map(([name, value]) => `${name}\0${value}\0`)
      .join("");
  }
}

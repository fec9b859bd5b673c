import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { posix } from "node:path";
import type { Duplex } from "node:stream";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import { reportIfNoDescriptor } from "../shared/descriptors.ts";
import { QuintetError } from "../shared/errors.ts";
import { fileError } from "../files/file-error.ts";
import type { Access, Log } from "../shared/log.ts";
import type { PathValues } from "../shared/by-path.ts";
import { takeBody } from "./body.ts";
import { findFiles, type Place, type Prefix } from "./prefix.ts";
import type { Spool } from "./spool.ts";
import { type Connection, connectionOf, endAfter, isOver } from "./connection.ts";
import { BodyWatch } from "./body-watch.ts";
import { clientAddress, type EncodedEnviron, encodeEnviron } from "./environ.ts";
import { HttpTask, type HttpTaskObserver } from "./http-task.ts";
import { lastOfConnection } from "./linger.ts";
import { answerAlive } from "./liveness.ts";
import { logRefusal, refuseConnection, refuseMalformed } from "./refuse.ts";
import { Rarely } from "./rarely.ts";
import { Refusal } from "./refusal.ts";
import { newRequestId } from "./request-id.ts";
import type { RequestLimits } from "./request-limits.ts";
import { SendWatch } from "./send-watch.ts";
import { type AddedHeaders, PathHeaders } from "./added-headers.ts";
import { type FoundMount, inOrder, type StaticMount } from "./mounts.ts";
import { serveStatic } from "./static.ts";
import { checkTrailers } from "./trailers.ts";
import { Upload } from "./upload.ts";

export interface GatewayOptions {
  dispatcher: Dispatcher;
  spool: Spool;
  limits: RequestLimits;
  log: Log;
  accessLog: boolean;
  /** Whether the application gets a request when its body is whole, or at once. */
  requestBuffering: PathValues<boolean>;
  /** The front answers it itself; empty for none. */
  livenessPath: string;
  /** What responses say beside what the application does. */
  headers: PathHeaders;
  /** The path below which the application is; null where that is the concern of what is in front. */
  prefix: Prefix | null;
}

/** What another generation may change. */
type Changing = Pick<
  GatewayOptions,
  "dispatcher" | "requestBuffering" | "livenessPath" | "headers" | "prefix"
>;

/** A request of node:http, on its way to a file or to the application. The server and `application.handler` use it. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #observer: HttpTaskObserver;
  readonly #bodies: BodyWatch;
  readonly #sends: SendWatch;
  readonly #rarely: Rarely = new Rarely();
  /** Requests whose client waits for 100 before it sends the body. */
  readonly #expecting: WeakSet<IncomingMessage> = new WeakSet();
  #mounts: StaticMount[] | null = null;
  /** Requests that came before the first worker had said which paths are static files. */
  readonly #early: Set<() => void> = new Set();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#bodies = new BodyWatch(options.limits.bodyTimeout, options.limits.bodyMinRate);
    const { sendTimeout, sendMinRate } = options.limits;
    this.#sends = new SendWatch(sendTimeout, sendMinRate, (...cut) => this.#logCut(...cut));
    this.#observer = {
      access: options.accessLog ? (task, access) => this.#logAccess(access, task.requestId) : null,
      failed: (task, error) => this.#logFailure(task, error),
      unspooled: (task, error) => this.#warnUnspooled(task, error),
      spool: options.spool,
      closing: false,
    };
  }

  /** The application is there, and these paths are files. Again when another takes over. */
  open(mounts: StaticMount[], changing?: Changing): void {
    this.#mounts = inOrder(mounts);
    Object.assign(this.#options, changing);
    const early = [...this.#early];
    this.#early.clear();
    for (const go of early) go();
  }

  /** From now on tell each client to close its connection. */
  drain(): void {
    this.#observer.closing = true;
  }

  /**
   * One request of a connection at a time: a pipelined one waits until the answer before it is sent, so answers are in
   * order, and a connection that is cut has nothing running behind it.
   *
   * @param scriptName where the application is mounted; empty for the root
   * @param url the request target below it
   */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    scriptName: string,
    url: string,
  ): void {
    const connection = connectionOf(request.socket);
    const before = connection.latest;
    connection.latest = response;
    if (before === null) this.#sends.watch(request.socket);
    // Only the response whose turn it is has a socket. The one before may be over although it is not our turn yet, when
    // a framework answers some requests itself.
    if (response.socket !== null || before === null || isOver(before)) {
      connection.unanswered = 1;
      return this.#route(request, response, scriptName, url);
    }
    connection.unanswered += 1;
    before.once("finish", () => {
      connection.unanswered -= 1;
      this.#route(request, response, scriptName, url);
    });
  }

  /** As `handle`, for a request that expects 100 Continue: it gets that when its body is wanted. */
  handleExpecting(request: IncomingMessage, response: ServerResponse): void {
    this.#expecting.add(request);
    this.handle(request, response, "", request.url as string);
  }

  /** What is no HTTP. */
  malformed(error: Error, socket: Socket): void {
    refuseMalformed(error, socket, this.#options.log);
  }

  /**
   * CONNECT is for proxies. node:http has left the connection to us.
   *
   * @param stream what stands for the connection; behind a body that is not whole it is not the connection itself
   */
  refuseConnect({ socket }: IncomingMessage, stream: Duplex): void {
    stream.on("error", () => socket.destroy());
    stream.resume();
    refuseConnection(socket, new Refusal(501, "CONNECT"), this.#options.log, false);
  }

  #route(
    request: IncomingMessage,
    response: ServerResponse,
    scriptName: string,
    url: string,
    again: string | null = null,
  ): void {
    // The answer before this one was the last. What a framework's tests inject has a socket that knows nothing.
    if (request.socket.destroyed || request.socket.writable === false) return;
    const { variables, latest, refuseLatest } = connectionOf(request.socket);
    if (refuseLatest !== null && latest === response) return refuseLatest();
    const requestId = again ?? newRequestId();
    let environ: EncodedEnviron;
    try {
      const { limits, prefix } = this.#options;
      const place: Place = { scriptName, url, where: "inside" };
      environ = encodeEnviron(request, place, prefix, variables, requestId, limits);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.#refuse(this.#task(request, response, requestId), error);
    }
    if (environ.upgrade && again === null)
      lastOfConnection(request, response, environ.framing !== "none");
    if (environ.ownPath === this.#options.livenessPath) {
      if (this.#observer.closing) endAfter(response);
      return answerAlive(request, response, environ.framing !== "none");
    }
    if (this.#mounts !== null) return this.#find(request, response, requestId, environ);
    const { backlog } = this.#options.dispatcher.limits;
    if (this.#early.size >= backlog) {
      const message = `${backlog} requests wait for the first worker already`;
      const task = this.#task(request, response, requestId);
      return task.onFail(503, new QuintetError("QUINTET_QUEUE_FULL", message));
    }
    // The worker also says where the application is mounted.
    const go = (): void => this.#route(request, response, scriptName, url, requestId);
    this.#early.add(go);
    // One whose client leaves waits no more.
    response.once("close", () => this.#early.delete(go));
  }

  /** To a file, or to the application. */
  #find(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    environ: EncodedEnviron,
  ): void {
    if (request.socket.destroyed) return;
    const isRead = request.method === "GET" || request.method === "HEAD";
    const found = isRead ? findFiles(this.#mounts as StaticMount[], environ.place) : [];
    const serve = (): void => {
      const task = this.#task(request, response, requestId);
      if (environ.place.where !== "outside") return this.#dispatch(task, environ);
      // Not before the parser has come to the end of the request: then its connection goes on.
      process.nextTick(() => {
        const below = this.#options.prefix?.path;
        task.sendError(404, `QUINTET_OUTSIDE: all that is served here is below ${below}`);
      });
    };
    if (found.length === 0) return serve();
    void this.#static(found, request, response, requestId, environ.path).then((served) => {
      if (!served && !request.socket.destroyed) serve();
    });
  }

  #task(request: IncomingMessage, response: ServerResponse, requestId: string): HttpTask {
    const task = new HttpTask(request, response, requestId, this.#observer);
    connectionOf(request.socket).current = task;
    return task;
  }

  #dispatch(task: HttpTask, environ: EncodedEnviron): void {
    const { request } = task;
    task.environ = environ.text;
    task.added = this.#options.headers.of(environ.path);
    // An empty body may have been read by a parser in front, and nothing is lost.
    const empty = environ.framing === "none" || request.headers["content-length"] === "0";
    if (empty) return this.#options.dispatcher.submit(task);
    if (request.readableEnded || request.readableDidRead) {
      const message =
        "the body was read before it reached the application; mount it in front of what parses bodies";
      return task.onFail(502, new QuintetError("QUINTET_BODY_USED", message));
    }
    const late = (why: string): void => this.#refuse(task, new Refusal(408, why));
    if (this.#options.requestBuffering.of(environ.path)) {
      this.#bodies.watch(request, late);
      void this.#withBody(task, environ.framing === "chunked", environ.path);
    } else {
      task.upload = new Upload(task, request, task.response, {
        expecting: this.#expecting.delete(request),
        limit: this.#options.limits.body.of(environ.path),
        refuse: (refusal) => this.#refuse(task, refusal),
      });
      this.#bodies.watch(request, late, () => task.starved);
      this.#options.dispatcher.submit(task);
    }
  }

  /** The request does not reach the application, and nothing that follows on its connection does. */
  #refuse(task: HttpTask, refusal: Refusal): void {
    // Its body may still come.
    task.upload?.break(refusal.message);
    // An answer that has begun before the body was whole can only be cut short.
    if (task.response.headersSent && task.link !== null && !task.abandoned) {
      task.onAbort(refusal.code, refusal.message);
    }
    task.abandon();
    if (task.response.headersSent || task.socket.destroyed) return;
    const { request } = task;
    lastOfConnection(request, task.response, false);
    // After its answer node:http ends no request that is not whole: who reads its body would wait for ever.
    if (!request.complete) task.socket.once("close", () => request.destroy());
    logRefusal(this.#options.log, task.socket, refusal, task.requestId);
    task.sendError(refusal.status, `${refusal.code}: ${refusal.message}`);
  }

  #warnUnspooled(task: HttpTask, error: unknown): void {
    reportIfNoDescriptor(error, "open a file");
    const fields = { err: error, request: task.requestId };
    this.#options.log.warn(fields, `${task.describe()}: no temporary file for it`);
  }

  async #withBody(task: HttpTask, chunked: boolean, path: string): Promise<void> {
    const { request } = task;
    try {
      const { spool, limits } = this.#options;
      const client = clientAddress(request.socket);
      spool.checkAnnounced(Number(request.headers["content-length"] ?? 0), client);
      if (this.#expecting.delete(request)) task.response.writeContinue();
      const body = await takeBody(spool, request, { limit: limits.body.of(path), client });
      task.holdBody(body);
      if (body.unspooled !== null) this.#warnUnspooled(task, body.unspooled);
      if (chunked) checkTrailers(request);
      // Without its length Django, and nearly everybody, would see an empty body.
      if (chunked) task.environ += `CONTENT_LENGTH\0${body.size}\0`;
      if (task.abandoned) task.release();
      else this.#options.dispatcher.submit(task);
    } catch (error) {
      if (error instanceof Refusal) {
        task.release();
        this.#refuse(task, error);
      } else if (error instanceof QuintetError) task.onFail(503, error);
      else if (!task.socket.destroyed) {
        task.onFail(503, new QuintetError("QUINTET_BODY_QUOTA", String(error), { cause: error }));
      }
    }
  }

  /** False if none of the mounts has the file. */
  async #static(
    mounts: FoundMount[],
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    path: string,
  ): Promise<boolean> {
    const { accessLog, log, headers } = this.#options;
    if (this.#observer.closing) endAfter(response);
    const access = accessLog ? (each: Access) => this.#logAccess(each) : null;
    // As it leads to the file.
    const added: AddedHeaders | null = headers.of(posix.normalize(path));
    try {
      for (const found of mounts) {
        if (await serveStatic(found, request, response, added, access)) return true;
      }
      return false;
    } catch (error) {
      const { status, code, message } = fileError(error);
      this.#rarely.say(code, (more) => {
        const fields = { code, request: requestId };
        log.error(fields, `static file ${request.url}: ${code}: ${message}${more}`);
      });
      if (response.headersSent) response.destroy();
      else this.#task(request, response, requestId).sendError(status, code);
      return true;
    }
  }

  /** A client that does not take its answer: the one line that says why. */
  #logCut(connection: Connection, socket: Socket, why: string): void {
    connection.cut = `the client ${why}`;
    const { latest, current } = connection;
    const what = latest === null ? "" : `${latest.req.method} ${latest.req.url}: `;
    const message = `${clientAddress(socket)}: ${what}the client ${why}; its connection is reset`;
    const request = current?.response === latest ? current?.requestId : undefined;
    this.#options.log.info({ code: "QUINTET_SEND_TIMEOUT", request }, message);
  }

  #logAccess(access: Access, request?: string): void {
    this.#options.log.info({ access, request });
  }

  #logFailure(task: HttpTask, error: QuintetError): void {
    const fields = { code: error.code, request: task.requestId };
    this.#options.log.error(fields, `${task.describe()}: ${error.code}: ${error.message}`);
  }
}

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { QuintetError } from "../shared/errors.ts";
import { ApplicationHandler } from "./application-handler.ts";
import { closeAfter, connectionOf } from "./connection/connection.ts";
import { readNoMoreRequests } from "./connection/lingering-close.ts";
import { SlowReaders } from "./connection/slow-readers.ts";
import { HttpTask, type HttpTaskContext } from "./http-task.ts";
import type { Place } from "./proxy/prefix.ts";
import { rejectConnection, rejectMalformed } from "./reject/reject-input.ts";
import { RequestError } from "./reject/request-error.ts";
import type { ReloadedOptions, RequestHandlerOptions } from "./request-handler-options.ts";
import { RequestLog } from "./request-log.ts";
import { type EncodedEnviron, encodeEnviron } from "./request/environ.ts";
import { newRequestId } from "./request/request-id.ts";
import { answerLiveness } from "./response/liveness.ts";
import { findFiles } from "./static/find-files.ts";
import { inSearchOrder, type StaticMount } from "./static/mounts.ts";
import { StaticHandler } from "./static/static-handler.ts";

/**
 * Takes the requests of node:http and decides what answers each: a rejection, the liveness probe, a static file or the
 * application. The server uses it, and so does `application.handler`.
 */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;
  readonly #log: RequestLog;
  readonly #context: HttpTaskContext;
  readonly #application: ApplicationHandler;
  readonly #staticFiles: StaticHandler;
  readonly #slowReaders: SlowReaders;
  /** Null until the first worker has reported which paths are static files. */
  #mounts: StaticMount[] | null = null;
  /** Routes the requests that arrived before that. */
  readonly #early: Set<() => void> = new Set();

  constructor(options: RequestHandlerOptions) {
    const { limits, log, accessLog, spool } = options;
    this.#options = options;
    this.#log = new RequestLog(log);
    this.#context = { log: this.#log, accessLog, spool, isClosing: false };
    this.#application = new ApplicationHandler(options, this.#log);
    this.#staticFiles = new StaticHandler(this.#log, accessLog);
    this.#slowReaders = new SlowReaders(
      limits.sendTimeout,
      limits.sendMinRate,
      (connection, reason) => this.#log.reset(connection, reason),
    );
  }

  /**
   * The application is ready. Called again after a reload.
   *
   * @param mounts the paths that are static files
   */
  open(mounts: StaticMount[], reloaded?: ReloadedOptions): void {
    this.#mounts = inSearchOrder(mounts);
    Object.assign(this.#options, reloaded);
    const early = [...this.#early];
    this.#early.clear();
    for (const route of early) route();
  }

  /** From now on each response closes its connection. */
  drain(): void {
    this.#context.isClosing = true;
  }

  /**
   * Handles one request of a connection at a time: a pipelined one waits until the response before it is sent. So responses
   * are in order, and when a connection is closed no other request of it is running.
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
    if (connection.latest === null) this.#slowReaders.track(request.socket);
    const before = connection.begin(response);
    if (before === null) return this.#route(request, response, scriptName, url);
    connection.onTurn(before, () => this.#route(request, response, scriptName, url));
  }

  /** Like `handle`, for a request whose client waits for 100 Continue. It gets that when something reads the body. */
  handleExpecting(request: IncomingMessage, response: ServerResponse): void {
    this.#application.expecting.add(request);
    this.handle(request, response, "", request.url as string);
  }

  /** Rejects input that node:http cannot parse. */
  malformed(error: Error, socket: Socket): void {
    rejectMalformed(error, socket, this.#log);
  }

  /**
   * Rejects CONNECT, which is for proxies. node:http hands us the raw connection.
   *
   * @param stream the connection. This is not the socket if an incomplete body precedes the request
   */
  rejectConnect({ socket }: IncomingMessage, stream: Duplex): void {
    stream.on("error", () => socket.destroy());
    stream.resume();
    rejectConnection(connectionOf(socket), new RequestError(501, "CONNECT"), this.#log, false);
  }

  /** @param earlyId the id of a request that has waited for the first worker */
  #route(
    request: IncomingMessage,
    response: ServerResponse,
    scriptName: string,
    url: string,
    earlyId: string | null = null,
  ): void {
    // The previous response was the last one of its connection. Requests that a framework's tests inject have a socket without
    // this state.
    if (request.socket.destroyed || request.socket.writable === false) return;
    const { variables, latest, rejectQueued } = connectionOf(request.socket);
    if (rejectQueued !== null && latest === response) return rejectQueued();
    const requestId = earlyId ?? newRequestId();
    let environ: EncodedEnviron;
    try {
      const { limits, prefix } = this.#options;
      const place: Place = { scriptName, url, where: "inside" };
      environ = encodeEnviron(request, place, prefix, variables, requestId, limits);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return this.#application.reject(this.#task(request, response, requestId), error);
    }
    const hasBody = environ.framing !== "none";
    if (environ.upgrade && earlyId === null) readNoMoreRequests(request, response, hasBody);
    if (environ.ownPath === this.#options.livenessPath) {
      if (this.#context.isClosing) closeAfter(response);
      return answerLiveness(request, response, hasBody);
    }
    if (this.#mounts !== null) return this.#serve(request, response, requestId, environ);
    const { backlog } = this.#options.dispatcher.limits;
    if (this.#early.size >= backlog) {
      const message = `${backlog} requests already wait for the first worker`;
      const task = this.#task(request, response, requestId);
      return task.onFail(503, new QuintetError("QUINTET_QUEUE_FULL", message));
    }
    // The worker also reports where the application is mounted, so the request is routed again.
    const route = (): void => this.#route(request, response, scriptName, url, requestId);
    this.#early.add(route);
    response.once("close", () => this.#early.delete(route));
  }

  /** Serves a static file, or the application if there is no such file. */
  #serve(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    environ: EncodedEnviron,
  ): void {
    if (request.socket.destroyed) return;
    const isRead = request.method === "GET" || request.method === "HEAD";
    const found = isRead ? findFiles(this.#mounts as StaticMount[], environ.place) : [];
    if (found.length === 0) return this.#run(this.#task(request, response, requestId), environ);
    if (this.#context.isClosing) closeAfter(response);
    const headers = this.#options.headers;
    const exchange = { request, response, requestId };
    void this.#staticFiles.serve(found, exchange, environ.path, headers).then((outcome) => {
      if (outcome === "served") return;
      if (outcome === "not found") {
        if (request.socket.destroyed) return;
        return this.#run(this.#task(request, response, requestId), environ);
      }
      if (response.headersSent) response.destroy();
      else this.#task(request, response, requestId).sendError(outcome.status, outcome.code);
    });
  }

  #run(task: HttpTask, environ: EncodedEnviron): void {
    if (environ.place.where !== "outside") return this.#application.handle(task, environ);
    // Once the parser has reached the end of the request, the connection can be kept.
    process.nextTick(() => {
      const path = this.#options.prefix?.path;
      task.sendError(404, `QUINTET_OUTSIDE: this server serves only what is below ${path}`);
    });
  }

  #task(request: IncomingMessage, response: ServerResponse, requestId: string): HttpTask {
    const task = new HttpTask(request, response, requestId, this.#context);
    connectionOf(request.socket).current = task;
    return task;
  }
}

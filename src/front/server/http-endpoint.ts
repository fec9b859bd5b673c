import type { Inherited } from "../../config/values/address.ts";
import type { Served } from "../../config/served.ts";
import type { Settings } from "../../config/settings.ts";
import { rangeOf } from "../../config/values/worker-range.ts";
import type { Dispatcher } from "../../dispatch/dispatcher.ts";
import { ConnectionLimits, connectionLimit } from "../../http/listen/connection-limits.ts";
import { Listeners } from "../../http/listen/listeners.ts";
import { type FileService, fileService, outsideWarnings } from "../../http/static/file-service.ts";
import { requestLimits } from "../../http/request/request-limits.ts";
import { RequestHandler } from "../../http/request-handler.ts";
import { livenessPath, requestBuffering } from "../../http/request-handler-options.ts";
import { PathHeaders } from "../../http/response/path-headers.ts";
import { Spool, spoolLimits } from "../../http/spool/spool.ts";
import { withStripped } from "../../http/static/find-files.ts";
import { PathValues } from "../../shared/by-path.ts";
import type { Log } from "../../shared/log.ts";
import type { ReadyPool } from "./pools.ts";
import { prefixOf } from "./prefix.ts";

/** The HTTP side of a server: listeners, limits on connections, request bodies and the way to the dispatcher. */
export class HttpEndpoint {
  readonly listeners: Listeners;
  readonly connectionLimits: ConnectionLimits;
  readonly spool: Spool;
  readonly #requestHandler: RequestHandler;
  readonly #log: Log;

  /** @param inherited listening sockets that another process holds; null to listen on those of the setting `bind` */
  constructor(
    settings: Settings,
    served: Served,
    dispatcher: Dispatcher,
    inherited: Inherited[] | null,
    log: Log,
  ) {
    this.#log = log;
    this.spool = new Spool(spoolLimits(settings));
    const limits = requestLimits(settings);
    this.#requestHandler = new RequestHandler({
      dispatcher,
      spool: this.spool,
      limits,
      log,
      accessLog: settings.accessLog,
      requestBuffering: buffering(settings, served),
      livenessPath: livenessPath(settings),
      headers: new PathHeaders(settings.headers),
      // Known when the application is loaded; nothing is dispatched before.
      prefix: null,
    });
    const { bind, backlog, keepAlive, maxConnections, maxConnectionsPerClient } = settings;
    const max = connectionLimit(maxConnections ?? 0, rangeOf(settings.workers).max);
    const maxPerClient = maxConnectionsPerClient ?? 0;
    this.connectionLimits = new ConnectionLimits({ max, maxPerClient }, log);
    this.listeners = new Listeners(
      { listen: inherited ?? bind, backlog, keepAliveMs: keepAlive * 1000, limits },
      this.#requestHandler,
      this.connectionLimits,
    );
  }

  /**
   * Dispatch requests to workers that are ready, and serve the files that they name.
   *
   * @returns what is served as files
   */
  open(
    settings: Settings,
    served: Served,
    ready: ReadyPool[],
    dispatcher: Dispatcher,
  ): FileService {
    if (served.inner !== null && settings.requestBuffering !== true) {
      this.#log.warn("requestBuffering has no effect: the application is written in TypeScript");
    }
    if (served.inner?.length === 0 && settings.hooks !== null) {
      this.#log.warn("hooks has no effect: it is for Python workers, and there are none");
    }
    const files = fileService(
      settings,
      ready.map((pool) => pool.facts),
    );
    const { prefix, forced } = prefixOf(settings, ready, this.#log);
    files.warnings.push(...outsideWarnings(files, settings, prefix.path));
    this.#requestHandler.open(withStripped(files.mounts, forced), {
      prefix,
      dispatcher,
      requestBuffering: buffering(settings, served),
      livenessPath: livenessPath(settings),
      headers: new PathHeaders(settings.headers),
    });
    return files;
  }
}

/** Which request bodies are read whole first. A TypeScript application reads its body synchronously, so all of them. */
function buffering(settings: Settings, served: Served): PathValues<boolean> {
  return served.inner === null ? requestBuffering(settings) : new PathValues<boolean>(true, true);
}

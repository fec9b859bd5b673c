import type { Inherited } from "../../config/address.ts";
import type { Served } from "../../config/served.ts";
import type { Settings } from "../../config/settings.ts";
import { rangeOf } from "../../config/worker-range.ts";
import type { Dispatcher } from "../../dispatch/dispatcher.ts";
import { PathHeaders } from "../../http/added-headers.ts";
import { Admission, mostConnections } from "../../http/admission.ts";
import { type FileService, fileService, outsideWarnings } from "../../http/file-service.ts";
import { Gateway } from "../../http/gateway.ts";
import { Front } from "../../http/listeners.ts";
import { withStripped } from "../../http/prefix.ts";
import { requestLimits } from "../../http/request-limits.ts";
import { Spool } from "../../http/spool.ts";
import { PathValues } from "../../shared/by-path.ts";
import type { Log } from "../../shared/log.ts";
import { livenessPath, requestBuffering, spoolLimits } from "../../workers/pool-options.ts";
import type { ReadyPool } from "./pools.ts";
import { prefixOf } from "./prefix.ts";

/** The HTTP side of a server: listeners, limits on connections, request bodies and the gateway to the dispatcher. */
export class HttpEndpoint {
  readonly listeners: Front;
  readonly admission: Admission;
  readonly spool: Spool;
  readonly #gateway: Gateway;
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
    this.#gateway = new Gateway({
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
    const most = mostConnections(maxConnections, rangeOf(settings.workers).max);
    this.admission = new Admission({ most, mostPerClient: maxConnectionsPerClient }, log);
    this.listeners = new Front(
      { listen: inherited ?? bind, backlog, keepAlive: keepAlive * 1000, limits },
      this.#gateway,
      this.admission,
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
    if (served.inner?.length === 0 && settings.hooks !== "") {
      this.#log.warn("hooks has no effect: it is for Python workers, and there are none");
    }
    const files = fileService(
      settings,
      ready.map((pool) => pool.facts),
    );
    const { prefix, forced } = prefixOf(settings, ready, this.#log);
    files.warnings.push(...outsideWarnings(files, settings, prefix.path));
    this.#gateway.open(withStripped(files.mounts, forced), {
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

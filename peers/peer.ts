/** A Python server that we compare ourselves with, or run under. */
export interface Peer {
  /** The package whose version is printed. */
  distribution: string;
  /** Its documentation. */
  docs: string;
  program: string;
  /** Why it cannot run here, with what to install. Nothing is skipped in CI. */
  skip: string | false;
}

/** What every command needs: where to listen, and what to serve. */
export interface Start {
  port: number;
  /** MODULE:ATTRIBUTE of the application, or where a server can run one, its file. */
  target: string;
  /** Further options. */
  options?: string[];
}

/** How a server with worker processes is started. */
export interface StartWorkers extends Start {
  workers: number;
}

/** The states of a worker. `TRANSITIONS` shows how one leads to another. */
export type WorkerState =
  /** The process starts and loads the application. */
  | "booting"
  /** The worker runs the warm-up requests. It takes no client requests yet. */
  | "warming"
  /** The worker serves. */
  | "ready"
  /** The worker serves, and will be replaced when its turn comes. */
  | "due"
  /** The worker serves until its successor is ready. */
  | "recycling"
  /** The worker gets no new requests and finishes those it has begun. */
  | "retiring"
  /** Like `retiring`, and at least one of its requests has timed out. */
  | "hung"
  /** The worker has sent all its responses and is exiting: `close()`, threads, `atexit`. */
  | "leaving"
  /** The worker was sent SIGKILL because of a fault. Its end counts as a death. */
  | "failed"
  /** The worker was sent SIGKILL on purpose. Its end is expected. */
  | "killed"
  /** The process has been reaped, and everything it sent has been read. */
  | "ended";

/** What can happen to a worker. */
export type WorkerEvent =
  | "warm"
  | "serve"
  /** The worker is due for replacement when its turn comes. */
  | "recycle"
  /** Its turn has come: its successor is being started. */
  | "replace"
  | "retire"
  | "hang"
  | "leave"
  /** SIGKILL because of a fault. */
  | "fail"
  /** SIGKILL on purpose. */
  | "kill"
  | "end";

/** What a worker did when its process ended. `expected` if the server wanted it to end. */
export type EndedWhile = "expected" | "booting" | "warming" | "serving" | "retiring";

type Transitions = Readonly<Partial<Record<WorkerEvent, WorkerState>>>;

const KILLS: Transitions = { fail: "failed", kill: "killed", end: "ended" };
const SERVES: Transitions = { retire: "retiring", hang: "hung", leave: "leaving", ...KILLS };
/** States in which a successor is already arranged or not needed, so a fault does not count as a death. */
const REPLACED: Transitions = { fail: "killed", kill: "killed", end: "ended" };

/** The next state by state and event. A state refuses events that it does not list. */
export const TRANSITIONS: Readonly<Record<WorkerState, Transitions>> = {
  // While a worker starts, `recycle` only notes the reason. It becomes `due` when it serves.
  booting: { warm: "warming", serve: "ready", recycle: "booting", ...KILLS },
  warming: { serve: "ready", recycle: "warming", ...KILLS },
  ready: { recycle: "due", ...SERVES },
  due: { replace: "recycling", ...SERVES },
  recycling: SERVES,
  retiring: { hang: "hung", leave: "leaving", ...REPLACED },
  hung: { leave: "leaving", ...REPLACED },
  leaving: { hang: "hung", ...REPLACED },
  failed: { kill: "killed", end: "ended" },
  killed: { end: "ended" },
  ended: {},
};

/** How a state is shown by `quintet status`. */
export type ShownState = "booting" | "warming" | "ready" | "retiring" | "hung" | "dead";

const SHOWN: Readonly<Record<WorkerState, ShownState>> = {
  booting: "booting",
  warming: "warming",
  ready: "ready",
  due: "ready",
  recycling: "ready",
  retiring: "retiring",
  hung: "hung",
  leaving: "retiring",
  failed: "retiring",
  killed: "retiring",
  ended: "dead",
};

/** `failed` and `ended` are missing, because there the previous state counts. */
const ENDED_WHILE: Readonly<Record<Exclude<WorkerState, "failed" | "ended">, EndedWhile>> = {
  booting: "booting",
  warming: "warming",
  ready: "serving",
  due: "serving",
  recycling: "serving",
  retiring: "retiring",
  hung: "expected",
  leaving: "expected",
  killed: "expected",
};

/**
 * The life of one worker as a state machine. It has no I/O and no clock: the files in policy/ decide on a transition, and
 * WorkerProcess carries it out.
 */
export class WorkerLife {
  #state: WorkerState = "booting";
  #reason: string | null = null;
  #recycleReason: string | null = null;
  #endedWhile: EndedWhile = "booting";
  #hasHung = false;

  get state(): WorkerState {
    return this.#state;
  }

  /** Why the worker is in this state; null if no reason was given. */
  get reason(): string | null {
    return this.#reason;
  }

  /** Why the worker is replaced, or will be when its successor is ready; null if it is not. */
  get recycleReason(): string | null {
    return this.#recycleReason;
  }

  /** The worker does not serve yet. */
  get starts(): boolean {
    return this.#state === "booting" || this.#state === "warming";
  }

  /** The worker takes requests of clients. */
  get serves(): boolean {
    return this.#state === "ready" || this.#state === "due" || this.#state === "recycling";
  }

  /** The worker counts towards the wanted number: it serves, will serve, or is replaced when it dies. */
  get counts(): boolean {
    return this.starts || this.serves || this.#state === "failed";
  }

  get shown(): ShownState {
    return this.#hasHung && this.#state !== "ended" ? "hung" : SHOWN[this.#state];
  }

  /** What the worker was doing when its process ended, or what it is doing now. */
  get endedWhile(): EndedWhile {
    return this.#endedWhile;
  }

  /**
   * Move on to the next state.
   *
   * @param reason why, for `status` and the log
   * @returns false if this state refuses the event; then nothing changes
   */
  advance(event: WorkerEvent, reason: string | null = null): boolean {
    const next = TRANSITIONS[this.#state][event];
    if (next === undefined) return false;
    if (event === "recycle") {
      if (this.#recycleReason !== null) return false;
      this.#recycleReason = reason;
    }
    this.#state = next === "ready" && this.#recycleReason !== null ? "due" : next;
    this.#reason = reason ?? this.#reason;
    if (next === "hung") this.#hasHung = true;
    if (next !== "failed" && next !== "ended") this.#endedWhile = ENDED_WHILE[next];
    return true;
  }
}

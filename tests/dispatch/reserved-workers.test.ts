// Whatever is asked for in whatever order, the workers that are reserved for a path are there when it needs them.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { WorkerLink } from "../../src/dispatch/link/worker-link.ts";
import { Queues } from "../../src/dispatch/queues.ts";
import { checkReserved, ReservedWorkers } from "../../src/dispatch/reserved-workers.ts";
import { Task } from "../../src/dispatch/task.ts";
import { QuintetError } from "../../src/shared/errors.ts";
import { runs } from "../../testing/fuzz.ts";

class Request extends Task {
  constructor(path: string) {
    super();
    this.environ = `PATH_INFO\0${path}\0`;
  }
  override onAnswer(): void {}
  override onStart(): void {}
  override onData(): void {}
  override onEnd(): void {}
  override onAbort(): void {}
  override onFail(): void {}
  override describe(): string {
    return "a request";
  }
}

/** As much of a link as the choice of a worker looks at. */
class FakeLink {
  readonly state = "ready";
  readonly outstanding: Task[] = [];
  readonly #window: number;

  constructor(window: number) {
    this.#window = window;
  }

  get busy(): boolean {
    return this.outstanding.length > 0;
  }

  get capacity(): number {
    return this.#window - this.outstanding.length;
  }
}

const LIMITS = { backlog: 100, queueTimeout: 1000 };

/** The workers that have requests of one queue only. */
function ownedBy(queue: Task["queue"], links: FakeLink[]): number {
  return links.filter(
    ({ busy, outstanding }) => busy && outstanding.every((task) => task.queue === queue),
  ).length;
}

const steps = fc.array(
  fc.oneof(
    fc.constantFrom("/a", "/b", "/other").map((path) => ({ path })),
    fc.nat(20).map((finishes) => ({ finishes })),
  ),
  { maxLength: 60 },
);

test("as many workers stay free as other paths lack of those reserved for them", () => {
  const property = fc.property(
    steps,
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: 3 }),
    (all, a, b, window) => {
      const links = Array.from({ length: a + b + 1 }, () => new FakeLink(window));
      const queues = new Queues({ ...LIMITS, keepWorkers: { "/a": a, "/b": b } });
      const workers = new ReservedWorkers(queues, links as unknown as WorkerLink[]);
      let now = 0;
      const pump = (): void => {
        for (let match = workers.next(); match !== null; match = workers.next()) {
          (match.link as unknown as FakeLink).outstanding.push(match.task);
        }
      };
      for (const step of all) {
        if ("path" in step) {
          const task = new Request(step.path);
          task.markQueued((now += 1));
          queues.of(task).push(task);
        } else {
          const busy = links.filter((link) => link.busy);
          busy[step.finishes % busy.length]?.outstanding.shift();
        }
        pump();
        const free = links.filter((link) => !link.busy).length;
        let lacking = 0;
        for (const queue of queues.all) {
          const owned = ownedBy(queue, links);
          lacking += Math.max(0, queue.reserved - owned);
          const waits = queue.reserved > 0 && queue.length > 0;
          assert.ok(!waits || owned >= queue.reserved, `${queue.pattern} waits for its own worker`);
        }
        assert.ok(free >= lacking, `${free} are free, and ${lacking} are needed`);
        assert.ok(queues.waiting === 0 || free === lacking, "no free worker is left idle");
      }
    },
  );
  fc.assert(property, runs(3000));
});

test("without reserved workers an idle worker goes first, then the one with the least to do", () => {
  const links = [new FakeLink(2), new FakeLink(3)];
  const queues = new Queues({ ...LIMITS, keepWorkers: {} });
  const workers = new ReservedWorkers(queues, links as unknown as WorkerLink[]);
  const order: number[] = [];
  for (;;) {
    const link = workers.choose(queues.of(new Request("/"))) as unknown as FakeLink | null;
    if (link === null) break;
    link.outstanding.push(new Request("/"));
    order.push(links.indexOf(link));
  }
  assert.deepEqual(order, [0, 1, 0, 1, 1]);
});

test("at least one worker must stay unreserved", () => {
  checkReserved({ "/a": 1, "/b": 1 }, 3);
  checkReserved({ "/a": 2 }, 0);
  checkReserved({}, 1);
  assert.throws(
    () => checkReserved({ "/a": 1, "/b": 1 }, 2),
    (error) => error instanceof QuintetError && error.code === "QUINTET_SETTING",
  );
});

// The phases of a request, and what counts as whose time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Stopwatch, WAIT } from "../../src/dispatch/stopwatch.ts";

test("a request goes from phase to phase, and back to the queue if no worker has begun it", () => {
  const stopwatch = new Stopwatch();
  const phases: string[] = [stopwatch.phase];
  const then = (mark: () => void): void => {
    mark();
    phases.push(stopwatch.phase);
  };
  then(() => stopwatch.markQueued(10));
  then(() => stopwatch.markSent(20));
  then(() => stopwatch.markSeen(false, 20, 30));
  then(() => stopwatch.markReturned());
  assert.equal(stopwatch.sentAt, 0, "no worker has it");
  assert.equal(stopwatch.queuedAt, 10, "it keeps its place");
  then(() => stopwatch.markSent(40));
  then(() => stopwatch.markSeen(true, 45, 50));
  then(() => stopwatch.markStreaming(60));
  then(() => stopwatch.markDone(20_000));
  const expected = "received queued sent waiting queued sent running streaming done";
  assert.deepEqual(phases, expected.split(" "));
});

test("its timeout counts from when the worker was free for it, not from when it was sent", () => {
  const stopwatch = new Stopwatch();
  stopwatch.markSent(100);
  assert.equal(stopwatch.silentFor(130), 30);
  stopwatch.markSeen(true, 120, 130);
  assert.equal(stopwatch.silentFor(130), 10);
  stopwatch.markSeen(true, 125, 135);
  assert.equal(stopwatch.silentFor(140), 20, "only the first look says when it began");
});

test("time spent waiting at a worker does not count as running", () => {
  const stopwatch = new Stopwatch();
  stopwatch.markSent(100);
  stopwatch.markSeen(false, 100, 500);
  stopwatch.markSeen(true, 100, 900);
  assert.equal(stopwatch.silentFor(950), 50);
});

test("each sign of life starts its timeout again", () => {
  const stopwatch = new Stopwatch();
  stopwatch.markSent(100);
  stopwatch.markStreaming(200);
  assert.equal(stopwatch.silentFor(250), 50);
  stopwatch.markAlive(300);
  assert.equal(stopwatch.silentFor(310), 10);
  stopwatch.markSeen(true, 100, 320);
  assert.equal(stopwatch.phase, "streaming", "a look changes nothing then");
  assert.equal(stopwatch.silentFor(320), 20);
});

test("its timeout stands still while it waits for anything", () => {
  const stopwatch = new Stopwatch();
  stopwatch.markSent(0);
  stopwatch.pause(WAIT.CLIENT_READS);
  stopwatch.pause(WAIT.INNER_CALL);
  stopwatch.pause(WAIT.INNER_CALL);
  assert.equal(stopwatch.silentFor(1000), 0);
  stopwatch.resume(WAIT.INNER_CALL, 1000);
  assert.ok(stopwatch.isPaused(WAIT.CLIENT_READS), "the client still does not read");
  assert.ok(!stopwatch.isPaused(WAIT.INNER_CALL));
  assert.equal(stopwatch.silentFor(2000), 0);
  stopwatch.resume(WAIT.CLIENT_READS, 2000);
  assert.ok(!stopwatch.isPaused());
  assert.equal(stopwatch.silentFor(2010), 10);
});

test("its time is split into queue and application", () => {
  const stopwatch = new Stopwatch();
  const { receivedAt } = stopwatch;
  /** Total, queue and application. */
  const after = (milliseconds: number): number[] => {
    const { total, queue, application } = stopwatch.durations(receivedAt + milliseconds);
    return [total, queue, application].map((each) => Math.round(each));
  };
  assert.deepEqual(after(5), [5, 0, 0], "it was never queued");
  stopwatch.markQueued(receivedAt + 10);
  assert.deepEqual(after(30), [30, 20, 0]);
  stopwatch.markSent(receivedAt + 40);
  assert.deepEqual(after(50), [50, 30, 10], "as far as the front knows");
  stopwatch.markDone(15_000);
  assert.equal(stopwatch.micros, 15_000);
  assert.deepEqual(after(60), [60, 35, 15], "as the worker measured it");
});

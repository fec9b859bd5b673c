import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Answer, readAnswers } from "./answers.ts";
import { again, type Case, cases, seed } from "./cases.ts";
import { compare } from "./compare.ts";
import { known } from "./differences.ts";
import {
  type Message,
  type Outcome,
  type QuintetTarget,
  startGunicorn,
  startQuintet,
  type Target,
} from "./targets.ts";

// This runs alone: it keeps both cores busy for as long as it takes, and a front that is held up for 150 ms between a request
// and the end of what its client sends takes the client for one that has left.
//
// FUZZ_SEED and FUZZ_COUNT choose other requests than CI's, and more; FUZZ_CASE just one of them.
const all = cases();
let quintet: QuintetTarget;
let gunicorn: Target;
let whole: Outcome[];
let workers: number[];
before(async () => {
  quintet = await startQuintet();
  gunicorn = await startGunicorn();
  workers = quintet.server.workers();
  // The first requests are slow: code is compiled.
  const hello = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  await quintet.send(Array.from({ length: 200 }, () => ({ packets: [hello], patient: true })));
  whole = await quintet.send(all.map(atOnce));
});
after(async () => {
  await quintet?.stop();
  await gunicorn?.stop();
});

const atOnce = ({ bytes }: Case): Message => ({ packets: [bytes], patient: false });

/** Refusals; 500, 502 and 503 are not among them. */
const REFUSALS = new Set([400, 408, 413, 414, 417, 431, 501, 505]);

/** Fail with the first few of what was found. */
function none(found: string[], what: string): void {
  const text = found.slice(0, 5).join("\n\n");
  assert.equal(
    found.length,
    0,
    `seed ${seed}, ${found.length} of ${all.length} ${what}:\n\n${text}`,
  );
}

/** What is wrong with the answers to a connection, if anything is. */
function fault({ bytes }: Case, outcome: Outcome): string | null {
  if (outcome.how === "hangs") return "neither answered nor closed";
  let answers: Answer[];
  try {
    answers = readAnswers(
      outcome.text,
      outcome.seen.map(({ method }) => method),
    );
  } catch (error) {
    return (error as Error).message;
  }
  const statuses = answers.map(({ status }) => status);
  const refused = statuses.filter((status) => status !== 200);
  if (refused.some((status) => !REFUSALS.has(status))) return `answers ${statuses.join()}`;
  if (refused.length > 1 || (refused.length === 1 && statuses.at(-1) === 200))
    return `something follows a refusal: ${statuses.join()}`;
  if (refused.length === 1 && answers.at(-1)?.headers.get("connection") !== "close")
    return "the connection stays after a refusal";
  const ran = outcome.seen.length;
  const answered = statuses.length - refused.length;
  if (ran !== answered) return `${ran} requests ran, ${answered} were answered: ${statuses.join()}`;
  // Each request has at least a line of its own and an empty one.
  const most = bytes.match(/\n\r?\n/g)?.length ?? 0;
  return ran > most ? `${ran} requests out of at most ${most}` : null;
}

test("any input is answered with valid HTTP: one response for each request that ran, and at most one error at the end", () => {
  const found = all.flatMap((one, index) => {
    const what = fault(one, whole[index] as Outcome);
    return what === null ? [] : [`${what}\n    ${again(one)}`];
  });
  none(found, "connections had no proper answer");
});

test("the requests are worth it: many run, many are refused", () => {
  if (all.length < 1000) return;
  const ran = whole.filter(({ seen }) => seen.length > 0).length;
  const refused = whole.filter(({ text }) => /HTTP\/1\.1 (4|5)\d\d/.test(text)).length;
  assert.ok(ran > all.length / 5, `only ${ran} had a request that ran`);
  assert.ok(refused > all.length / 5, `only ${refused} had one that was refused`);
});

test("any split of the bytes into packets gives the same answers", async () => {
  // Some clients end their half of the connection with the last packet, some do not.
  const messages = all.map(({ packets }, index) => ({ packets, patient: index % 10 === 0 }));
  const split = await quintet.send(messages);
  const found = all.flatMap((one, index) => {
    const expected = told(whole[index] as Outcome);
    const outcome = split[index] as Outcome;
    if (told(outcome) === expected || wasReset(outcome, expected)) return [];
    return [
      `at once: ${expected}\n    in packets: ${told(outcome)} (${outcome.how})\n    ${again(one)}`,
    ];
  });
  none(found, "connections were answered otherwise in packets");
});

/**
 * What the application saw, and the answers on a connection. All refusals are alike: of two things that are wrong with a
 * request, another may be met first.
 */
function told({ text, seen }: Outcome): string {
  const statuses = Array.from(text.matchAll(/HTTP\/1\.1 (?!100)(\d{3}) /g), (match) =>
    match[1] === "200" ? "200" : "refused",
  );
  return `${JSON.stringify(seen.map((each) => ({ ...each, client: "" })))} ${statuses.join()}`;
}

/** A client of Node's that writes to a connection that is closed does not read the last answer on it. */
function wasReset(outcome: Outcome, expected: string): boolean {
  return /EPIPE|ECONNRESET/.test(outcome.how) && expected.startsWith(told(outcome));
}

test("the application sees the same as behind Gunicorn, or the request is refused, or the difference is known", async (t) => {
  const theirs = await gunicorn.send(all.map(atOnce));
  const reasons = refusals();
  const kinds = new Map<string, number>();
  const found = all.flatMap((one, index) => {
    const ours = whole[index] as Outcome;
    const difference = compare(one.bytes, ours, theirs[index] as Outcome);
    if (!difference) return [];
    if (difference.kind === "stricter") difference.reason = reasons.get(ours.client) ?? "";
    const why = known(difference)?.why;
    if (why === undefined)
      return [
        `${difference.kind}: ${difference.reason}\n    ${JSON.stringify(difference.seen)}\n    ${again(one)}`,
      ];
    kinds.set(why, (kinds.get(why) ?? 0) + 1);
    return [];
  });
  t.diagnostic(`seed ${seed}, ${all.length} connections; known differences:`);
  for (const [why, times] of kinds) t.diagnostic(`${times}: ${why}`);
  none(found, "connections differ in a way that tests/fuzz/differences.ts does not list");
});

/** Why clients were refused, by the log: "127.1.2.3: 400 Bad Request: the Host header is missing". */
function refusals(): Map<string, string> {
  return new Map(
    quintet.server.log().flatMap(({ msg }) => {
      const match = /^([\d.]+): \d{3} [^:]+: (.*)/s.exec(msg ?? "");
      return match ? [[match[1] as string, match[2] as string]] : [];
    }),
  );
}

test("no worker died, and the log has no errors", async () => {
  assert.deepEqual(quintet.server.workers(), workers);
  assert.equal((await fetch(quintet.server.url)).status, 200);
  const alarms = quintet.server.log().filter(({ level }) => level === "error" || level === "warn");
  assert.deepEqual(alarms, []);
});

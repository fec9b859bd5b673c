import { AssertionError } from "node:assert";
import type { Subject } from "../case.ts";
import type { Answer } from "./answers.ts";
import { type Exchange, newMark, type Seen, seen, send, type SendOptions } from "./wire.ts";

/** The bytes of a case, given the part of the path that identifies its requests. */
export type Bytes = (mark: string) => string | string[];

const show = (value: unknown): string => JSON.stringify(value).slice(0, 400);

export function fail(what: string): never {
  throw new AssertionError({ message: what });
}

/** The message about a server that violates the rule. */
export function outcome(exchange: Exchange): string {
  const { answers, closed, hung } = exchange;
  if (hung && answers.length === 0) return "neither an answer nor the end of the connection";
  const statuses = answers.map((each) => each.status).join(", ") || "no answer";
  return `${statuses}${closed ? ", connection closed" : ""}`;
}

/**
 * The request is refused: it does not reach the application, and gets a status that says so, or the end of the connection.
 *
 * @param statuses those that the specification demands; any of 4xx and 5xx, or closing without a word, if none are given
 */
export async function refuses(
  subject: Subject,
  bytes: Bytes,
  statuses?: number[],
  options: SendOptions = {},
): Promise<void> {
  const mark = newMark();
  const exchange = await send(subject, bytes(mark), options);
  const reached = await seen(subject, mark);
  if (reached.length > 0) fail(`the application has seen ${show(reached[0])}`);
  if (exchange.hung && exchange.answers.length === 0) fail(outcome(exchange));
  const status = exchange.answers[0]?.status;
  if (status !== undefined && status < 400) fail(`answered ${status}`);
  if (statuses && !statuses.includes(status ?? 0)) {
    fail(`expected ${statuses.join(" or ")}, came ${outcome(exchange)}`);
  }
}

/** Each of these is refused. */
export async function refusesAll(
  subject: Subject,
  all: Bytes[],
  statuses?: number[],
  options: SendOptions = {},
): Promise<void> {
  const checks = all.map(async (bytes) => {
    try {
      await refuses(subject, bytes, statuses, options);
    } catch (error) {
      const text = [bytes("MARK")].flat().join("");
      fail(`${(error as Error).message}, for ${show(text)}`);
    }
  });
  await Promise.all(checks);
}

/** The request is served: returns what the application saw, and the response. */
export async function serves(
  subject: Subject,
  bytes: Bytes,
  options: SendOptions = {},
): Promise<{ request: Seen; answer: Answer; exchange: Exchange }> {
  const mark = newMark();
  const exchange = await send(subject, bytes(mark), options);
  const [request] = await seen(subject, mark);
  const [answer] = exchange.answers;
  if (answer?.status !== 200) fail(`expected 200, came ${outcome(exchange)}`);
  if (request === undefined) fail("answered, and the application has not seen the request");
  return { request, answer, exchange };
}

/**
 * However the server takes the bytes, what a client or proxy in between took for a body is never run as a request: a
 * path that ends in `/smuggled` does not reach the application.
 */
export async function neverSmuggled(
  subject: Subject,
  all: Bytes[],
  options: SendOptions = {},
): Promise<void> {
  const checks = all.map(async (bytes) => {
    const mark = newMark();
    const pieces = bytes(mark);
    const exchange = await send(subject, pieces, { answers: 2, patience: 1500, ...options });
    const reached = (await seen(subject, mark)).filter((each) => each.path.endsWith("/smuggled"));
    const said = show([pieces].flat().join("").replaceAll(mark, "MARK"));
    if (reached.length > 0) fail(`the application has seen a second request, for ${said}`);
    if (exchange.answers.filter((each) => each.status < 400).length > 1) {
      fail(`came ${outcome(exchange)}, for ${said}`);
    }
  });
  await Promise.all(checks);
}

export function same(found: unknown, expected: unknown, what: string): void {
  if (show(found) !== show(expected)) {
    fail(`${what} is ${show(found)}, and should be ${show(expected)}`);
  }
}

import { Socket } from "node:net";
import { type Deployment, findDeployment, type ServeArguments } from "../config/deployment.ts";
import { explain, QuintetError } from "../shared/errors.ts";
import type { Inherited } from "../config/values/address.ts";
import { bootServer } from "./boot.ts";
import { keepFixed } from "./fixed.ts";
import type { Server } from "./server.ts";
import type { ServerPlace } from "./place.ts";
import type { Settings } from "../config/settings.ts";
import {
  breach,
  checkShape,
  type Fits,
  isListOf,
  isRecord,
  isSwitch,
  isText,
  isWhole,
  hasFields,
  orNull,
  show,
} from "../shared/message-shape.ts";
import { version } from "../shared/version.ts";
import { watchOutputs } from "../workers/process/output-pipes.ts";
import { MAX_WORKERS } from "../config/values/worker-range.ts";
import {
  packedDeployment,
  type PackedDeployment,
  unpackedDeployment,
} from "../master/packed-deployment.ts";
import type { Handed } from "../master/handed.ts";
import { answer, failureOf, listenTo, PROTOCOL, type Question, say } from "../master/messages.ts";
import { type Share, sharedDeployment } from "../master/share.ts";

/** What the parent says first. */
interface Order {
  protocol: number;
  /** What is to be served; null to find that out anew. */
  deployment: PackedDeployment | null;
  share: Share;
  /** Where the sockets listen, as a person writes it. */
  where: string[];
  /** How often what is to be served has been loaded, this time included. */
  generation: number;
  /** It is one of the first: nobody else has served there. */
  first: boolean;
}

/** Serve as the parent says, until it says otherwise, or has ended. */
export async function serveAsFront(
  args: ServeArguments,
  origin: string,
  handed: Handed,
): Promise<void> {
  const line = new Socket({ fd: handed.line, readable: true, writable: true });
  const { promise: ordered, resolve: order } = Promise.withResolvers<unknown>();
  /** Gives up what is loaded. */
  const ending = new AbortController();
  const giveUp = (): void => ending.abort(new QuintetError("QUINTET_STOPPING", "Stopped."));
  let reopen = false;
  /** Of the parent's, too: it must not end what serves. */
  let complain = (error: Error): void =>
    void process.stderr.write(
      `quintet: QUINTET_PROTOCOL: the parent said what is no order: ${error.message}\n`,
    );
  let obey = (question: Question): void => {
    const { id, do: what } = question;
    reopen ||= what === "reopen";
    if (["stop", "kill", "drain"].includes(what)) giveUp();
    const message = `This front is still being started, and does not ${what}.`;
    const error = { code: "QUINTET_CONTROL", message, detail: "", advice: "" };
    say(line, { id, ...(["prepare", "scale"].includes(what) ? { error } : { ok: {} }) });
  };
  const told = (said: Record<string, unknown>): void => {
    if (typeof said.do !== "string") complain(breach(`do is ${show(said.do)}`));
    else if (said.do === "start") order(said);
    else obey(said as Question);
  };
  listenTo(line, told, (error) => complain(error));
  line.once("close", giveUp);
  const start = await ordered;
  let share: Share;
  // What runs keeps this process alive, and when nothing does any more it ends.
  line.unref();
  const env = { ...process.env };
  let whole: Deployment;
  const load = async (signal?: AbortSignal): Promise<Deployment> => {
    whole = await findDeployment(args, origin, signal);
    return sharedDeployment(whole, share);
  };
  let before: Settings;
  const deployment = (): PackedDeployment =>
    packedDeployment({ ...whole, settings: keepFixed(before, whole.settings) }, env);
  try {
    const { deployment: packed, where, generation, first, ...rest } = readOrder(start);
    share = rest.share;
    whole = packed
      ? unpackedDeployment(packed, env)
      : await findDeployment(args, origin, ending.signal);
    before = whole.settings;
    process.chdir(whole.served.cwd);
    const inherited: Inherited[] = handed.listen.map((descriptor, index) => ({
      descriptor,
      where: where[index] as string,
    }));
    watchOutputs({
      opened: (output) => say(line, { tell: "output", ...output }),
      ended: (path) => say(line, { tell: "outputEnded", path }),
    });
    const place: ServerPlace = {
      inherited,
      openLog: handed.log,
      ownsProcess: true,
      takesAtOnce: first,
      began: null,
      several: share.of > 1,
      generation,
      ready: () => say(line, { tell: "ready", version, deployment: deployment() }),
      // All of them look, for one may just be dead.
      touched: (file, at) => say(line, { tell: "touched", file, at }),
    };
    const server = await bootServer(sharedDeployment(whole, share), load, place, ending.signal);
    line.off("close", giveUp);
    obey = obeyParent(server, line, deployment);
    complain = ({ message }) =>
      server.log.error(
        { code: "QUINTET_PROTOCOL" },
        `the parent said what is no order: ${message}`,
      );
    if (reopen) server.reopenLog();
    line.on("close", () => {
      server.log.error("the parent has died: stopping at once");
      server.kill();
    });
    // systemd tells every process of a service to stop. What is said to the parent alone counts twice.
    for (const signal of ["SIGTERM", "SIGINT"] as const)
      process.on(signal, () => {
        say(line, { tell: "stopping" });
        server.stop(signal);
      });
    for (const signal of ["SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const)
      process.on(signal, () => {});
    await server.run();
  } catch (error) {
    say(line, { tell: "failed", failure: { ...failureOf(error), text: explain(error) } });
    process.exitCode = 3;
  }
}

const ORDER: Record<string, Fits> = {
  deployment: orNull(isRecord),
  share: hasFields({ index: isWhole(0), of: isWhole(1) }),
  where: isListOf(isText),
  generation: isWhole(0),
  first: isSwitch,
};

/** @throws {QuintetError} QUINTET_PARENT, QUINTET_PROTOCOL */
function readOrder(value: unknown): Order {
  const { protocol } = checkShape<Order>(value, "the order to start", {});
  if (protocol === PROTOCOL) return checkShape(value, "the order to start", ORDER);
  const message = `The parent that runs cannot start version ${version}, which is on disk now.`;
  throw new QuintetError("QUINTET_PARENT", message, {
    advice: "An upgrade to it takes a restart: stop the server, and start it again.",
  });
}

type Commit = { generation: number };
type Why = { why: string };
type Scale = Why & { workers: number };
const COMMIT = { generation: isWhole(0) };
const WHY = { why: isText };
const SCALE = { ...WHY, workers: isWhole(0, MAX_WORKERS) };

/** @param deployment what has been read last */
function obeyParent(
  server: Server,
  line: Socket,
  deployment: () => PackedDeployment,
): (question: Question) => void {
  const orders: Record<string, (question: Question) => unknown> = {
    __proto__: null as never,
    ping: () => {},
    status: () => server.status(),
    prepare: () => server.prepare().then(() => ({ deployment: deployment() })),
    abort: () => server.abort(),
    commit: (said) => server.commit(checkShape<Commit>(said, "commit", COMMIT).generation),
    scale: (said) => {
      const { workers, why } = checkShape<Scale>(said, "scale", SCALE);
      server.scale(workers, why);
    },
    reopen: () => server.reopenLog(),
    drain: () => server.drain(),
    stop: (said) => server.stop(checkShape<Why>(said, "stop", WHY).why),
    kill: () => server.kill(),
  };
  return (question) => {
    const order = orders[question.do];
    const doing = (): unknown => {
      if (order) return order(question);
      throw new Error(`This front does not know ${question.do}.`);
    };
    void answer(doing).then((said) => say(line, { id: question.id, ...said }));
  };
}

import { Socket } from "node:net";
import { findDeployment, type ServeArguments } from "../../config/deployment.ts";
import { MESSAGES, type MessageName, PROTOCOL } from "../../master/control-table.ts";
import type { FrontDescriptors } from "../../master/front-descriptors.ts";
import type { Share } from "../../master/front-share.ts";
import { readLines, sendLine } from "../../master/json-lines.ts";
import { answer, failureOf, type Question } from "../../master/messages.ts";
import { type PackedDeployment, unpackedDeployment } from "../../master/packed-deployment.ts";
import { explain, QuintetError } from "../../shared/errors.ts";
import {
  breach,
  checkShape,
  type Fits,
  hasFields,
  isListOf,
  isRecord,
  isSwitch,
  isText,
  isWhole,
  orNull,
  show,
} from "../../shared/message-shape.ts";
import { version } from "../../shared/version.ts";
import { watchOutputs } from "../../workers/process/output-pipes.ts";
import { FrontProcess } from "./front-process.ts";

/** The first order of the master. */
interface StartOrder {
  protocol: number;
  /** What to serve; null to read it from disk. */
  deployment: PackedDeployment | null;
  share: Share;
  /** Where the inherited sockets listen, as a person writes it. */
  where: string[];
  /** The number of times that the application has been loaded, including this one. */
  generation: number;
  /** No other front serves these addresses yet. */
  first: boolean;
}

/** Serve under a master, obeying its orders until it orders a stop or ends. */
export async function serveUnderMaster(
  args: ServeArguments,
  origin: string,
  descriptors: FrontDescriptors,
): Promise<void> {
  const front = new FrontProcess((signal) => findDeployment(args, origin, signal));
  const line = new Socket({ fd: descriptors.line, readable: true, writable: true });
  const { promise: started, resolve: start } = Promise.withResolvers<unknown>();
  readLines(line, {
    received(order) {
      if (typeof order.do !== "string") reportNoOrder(front, breach(`do is ${show(order.do)}`));
      else if (order.do === "start") start(order);
      else void obey(front, line, order as Question);
    },
    broken: (error) => reportNoOrder(front, error),
  });
  line.once("close", () => endWithMaster(front));
  const order = await started;
  // The server, not this connection, keeps the process alive until it has stopped.
  line.unref();
  try {
    await serve(front, line, descriptors, readStartOrder(order));
  } catch (error) {
    tell(line, "failed", { failure: { ...failureOf(error), text: explain(error) } });
    process.exitCode = 3;
  }
}

async function serve(
  front: FrontProcess,
  line: Socket,
  descriptors: FrontDescriptors,
  { deployment, share, where, generation, first }: StartOrder,
): Promise<void> {
  watchOutputs({
    opened: ({ path, stream, worker }) => tell(line, "output", { path, stream, worker }),
    ended: (path) => tell(line, "outputEnded", { path }),
  });
  ignoreSignals(front, line);
  const start = {
    deployment: deployment && unpackedDeployment(deployment, front.env),
    share,
    generation,
    first,
    inherited: descriptors.listen.map((descriptor, index) => ({
      descriptor,
      where: where[index] as string,
    })),
    ownsProcess: true,
    log: null,
    openLog: descriptors.log,
  };
  await front.start(start, {
    ready: () => tell(line, "ready", { version, deployment: front.deployment }),
    // Every front reports the change, because any one of them may be dead just now. The master acts on it once.
    touched: (file, at) => tell(line, "touched", { file, at }),
    stopped() {},
  });
}

/** Obey an order and answer it. */
async function obey(front: FrontProcess, line: Socket, order: Question): Promise<void> {
  const said = await answer(() => front.obey(order));
  sendLine(line, { id: order.id, ...said });
}

/** Send the master a message that is not an answer. */
function tell<Name extends MessageName>(
  line: Socket,
  name: Name,
  fields: Record<(typeof MESSAGES)[Name][number], unknown>,
): void {
  sendLine(line, { tell: name, ...fields });
}

/** Log a line from the master that is not an order. The front keeps serving. */
function reportNoOrder({ log }: FrontProcess, { message }: Error): void {
  const code = "QUINTET_PROTOCOL";
  const text = `the master sent a line that is not an order: ${message}`;
  if (log === null) process.stderr.write(`quintet: ${code}: ${text}\n`);
  else log.error({ code }, text);
}

function endWithMaster(front: FrontProcess): void {
  front.log?.error("the master has died: stopping at once");
  front.obey({ do: "kill" });
}

/**
 * Ignore signals, which are for the master, except TERM and INT: systemd sends them to every process of a service. The front
 * tells the master that it is stopping, so that the master's own stop does not count as a second one.
 */
function ignoreSignals(front: FrontProcess, line: Socket): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      tell(line, "stopping", {});
      front.obey({ do: "stop", why: signal });
    });
  for (const signal of ["SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const)
    process.on(signal, () => {});
}

const START_ORDER: Record<string, Fits> = {
  deployment: orNull(isRecord),
  share: hasFields({ index: isWhole(0), of: isWhole(1) }),
  where: isListOf(isText),
  generation: isWhole(0),
  first: isSwitch,
};

/** @throws {QuintetError} QUINTET_PARENT for another version of the protocol, QUINTET_PROTOCOL for wrong fields */
function readStartOrder(value: unknown): StartOrder {
  const { protocol } = checkShape<StartOrder>(value, "the order to start", {});
  if (protocol === PROTOCOL) return checkShape(value, "the order to start", START_ORDER);
  const message = `The running master cannot start version ${version}, which is on disk now.`;
  throw new QuintetError("QUINTET_PARENT", message, {
    advice: "Upgrading to it requires a restart: stop the server, and start it again.",
  });
}

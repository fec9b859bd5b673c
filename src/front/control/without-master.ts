import { type Deployment, findDeployment, type ServeArguments } from "../../config/deployment.ts";
import { misspeltVariables } from "../../config/settings/read-settings.ts";
import type { ControlRequest } from "../../master/control-table.ts";
import { inheritedSockets } from "../../master/systemd-sockets.ts";
import { startTime } from "../../shared/start-time.ts";
import { QuintetError } from "../../shared/errors.ts";
import type { Log } from "../../shared/log.ts";
import { createServerLog } from "../server/server-log.ts";
import { ControlSocket } from "./control-socket.ts";
import { Coordinator } from "./coordinator.ts";
import { ALONE, FrontProcess } from "./front-process.ts";
import { watchLogFile } from "./log-file-watch.ts";
import { readQuestion, watchSignals } from "./commands-and-signals.ts";

/**
 * Serve in this process alone, because there is no Python to run a master.
 *
 * @param origin the folder in which the command was run
 * @throws {QuintetError} QUINTET_USER if the server should change its user, which only a master can; otherwise the reason why
 *   it cannot serve
 */
export async function serveWithoutMaster(
  args: ServeArguments,
  origin: string,
  deployment: Deployment,
): Promise<void> {
  const { settings } = deployment;
  refuseOtherUser(deployment);
  process.title = "quintet"; // the name of a master, for pkill
  const front = new FrontProcess((signal) => findDeployment(args, origin, signal));
  const log = createServerLog(settings, false, null);
  const coordinator = new Coordinator(front, log, deployment);
  const request = (what: ControlRequest, why: string): void => {
    // What goes wrong is in the log.
    coordinator.request(what, why).catch(() => {});
  };
  watchSignals(request);
  watchLogFile(settings.logFile ?? "", () => request({ do: "reopen" }, "the log file was moved"));
  const control = new ControlSocket(log, (question) =>
    coordinator.request(readQuestion(question), `quintet ${question.do}`),
  );
  // Listen before the workers start, so that commands work during the start.
  await control.listen(settings.control);
  warnAtStart(log);
  const start = {
    ...ALONE,
    deployment,
    inherited: inheritedSockets(process.env),
    ownsProcess: true,
    log,
  };
  const listener = {
    ready(): void {
      coordinator.started(startTime.commandMs);
    },
    touched: (file: string) => request({ do: "reload" }, `${file} has changed`),
    stopped: () => log.info("stopped"),
  };
  try {
    await front.start(start, listener);
  } catch (error) {
    if (!coordinator.stopping) throw error;
    // It was ordered to end before it could serve.
    if (process.exitCode !== 1) log.info("stopped");
    await log.close();
  }
}

/** Only a master can change the server's user, or give a socket to another user. */
function refuseOtherUser({ settings: { bind, user } }: Deployment): void {
  if (user === null && !bind.some((each) => /^unix:.*[?&](user|group)=/.test(each))) return;
  const message =
    "Switching to another user or group requires a master, and there is no Python to run one.";
  throw new QuintetError("QUINTET_USER", message, {
    advice: "Install Python 3.9 or newer, or start the server as the user it should run as.",
  });
}

function warnAtStart(log: Log): void {
  for (const message of misspeltVariables(process.env)) {
    log.warn({ code: "QUINTET_SETTING" }, message);
  }
  log.info("this server has no master: there is no Python 3.9 or newer to run it");
  if (process.env.NOTIFY_SOCKET) {
    log.warn("without a master, systemd is not notified when this server is ready: use Type=exec");
  }
}

import type { Settings } from "../../config/settings.ts";
import { createLog, type Log, type OpenLog } from "../../shared/log.ts";

/**
 * The log of a front, as its settings say.
 *
 * @param several there are several fronts, so each line names its own
 * @param openLog a log file that another process has opened; used if it is the one of the settings
 * @throws {QuintetError} QUINTET_LOG_FILE
 */
export function createServerLog(
  { logLevel, logFormat, logFile }: Settings,
  several: boolean,
  openLog: OpenLog | null,
): Log {
  return createLog(
    logLevel,
    logFormat,
    logFile || 1,
    several ? process.pid : null,
    openLog?.file === logFile ? openLog.descriptor : null,
  );
}

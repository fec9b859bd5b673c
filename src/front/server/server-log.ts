import type { Settings } from "../../config/settings.ts";
import { createLog, type Log, type OpenLog } from "../../shared/log.ts";

/**
 * Create the log of a front from its settings.
 *
 * @param several whether there are several fronts, so that each line names its front
 * @param openLog a log file that another process has opened; used if the settings name the same file
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

/**
 * When the command was run, in milliseconds since 1970: the start of this process, or a later time if the process did other
 * work first.
 */
export const startTime: { commandMs: number } = {
  commandMs: Date.now() - Math.round(process.uptime() * 1000),
};

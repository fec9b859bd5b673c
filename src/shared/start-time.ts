/**
 * When the command was given, in milliseconds since 1970: the start of this process, unless the process did other work first
 * and moved it.
 */
export const startTime: { commandMs: number } = {
  commandMs: Date.now() - Math.round(process.uptime() * 1000),
};

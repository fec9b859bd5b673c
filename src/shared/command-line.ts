/** When the command was given, in milliseconds since 1970. Who has done other things before in this process says so. */
export const commandLine: { began: number } = {
  began: Date.now() - Math.round(process.uptime() * 1000),
};

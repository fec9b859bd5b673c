import { existsSync } from "node:fs";

/** HAProxy, as Debian installs it. */
export const haproxy = {
  program: "/usr/sbin/haproxy",
  get skip(): string | false {
    if (process.env.CI || existsSync(haproxy.program)) return false;
    return "HAProxy is not installed (apt-get install haproxy)";
  },
};

/**
 * A reverse proxy that shares upstream connections between clients, so leftovers of one would reach another.
 *
 * @param port where it listens
 * @param upstream the port of the server behind it
 */
export function haproxyConfiguration(port: number, upstream: number): string {
  return `
global
    nbthread 1
defaults
    mode http
    timeout connect 10s
    timeout client 60s
    timeout server 60s
    http-reuse always
frontend clients
    bind 127.0.0.1:${port}
    default_backend servers
backend servers
    server one 127.0.0.1:${upstream} pool-max-conn 1
`;
}

/** The command that runs it in the foreground. */
export function haproxyCommand(configuration: string): string[] {
  return [haproxy.program, "-db", "-f", configuration];
}

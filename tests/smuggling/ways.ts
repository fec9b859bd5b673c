import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { account } from "../../peers/account.ts";
import { haproxy, haproxyCommand, haproxyConfiguration } from "../../peers/haproxy.ts";
import { nginx, nginxCommand, nginxConfiguration } from "../../peers/nginx.ts";
import { startProcess } from "../../peers/process.ts";
import { freePort } from "../../testing/ports.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

/** How a client reaches Quintet. */
export interface Way {
  name: string;
  /** Several clients share a connection to Quintet. */
  shares: boolean;
  skip: string | false;
  /** @param upstream Quintet's port; returns the one to connect to */
  start(upstream: number): Promise<{ port: number; stop(): Promise<unknown> }>;
}

/** From nginx's page about WebSocket proxying: the client's offer is passed on. */
const OFFERS = `
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $passed_on;`;
const NO_OFFERS = `
        proxy_set_header Connection "";`;

/** nginx with one process and one upstream connection. */
function nginxSite(port: number, upstream: number, fields: string): string {
  return `
map $http_upgrade $passed_on { default upgrade; "" ""; }
upstream quintet { server 127.0.0.1:${upstream}; keepalive 1; }
server {
    listen 127.0.0.1:${port};
    location / {
        proxy_pass http://quintet;
        proxy_http_version 1.1;${fields}
        proxy_set_header Host $host;
        proxy_next_upstream off;
    }
}
`;
}

async function proxy(
  port: number,
  command: string[],
  folder: string,
): Promise<{ port: number; stop(): Promise<unknown> }> {
  if (account) chownSync(folder, account.uid, account.gid);
  const running = await startProcess(command, { cwd: folder, env: process.env });
  await until(async () => {
    try {
      (await raw(port)).destroy();
      return true;
    } catch {
      return false;
    }
  }, "the proxy listens");
  return { port, stop: () => running.stop() };
}

function throughNginx(name: string, fields: string): Way {
  return {
    name,
    shares: true,
    skip: nginx.skip,
    async start(upstream) {
      const port = await freePort();
      const folder = folderWith({ "site.conf": nginxSite(port, upstream, fields) });
      const main = nginxConfiguration(folder, join(folder, "site.conf"));
      const file = join(folder, "nginx.conf");
      writeFileSync(file, main.replace("worker_processes 2", "worker_processes 1"));
      return proxy(port, nginxCommand(file), folder);
    },
  };
}

export const ways: Way[] = [
  {
    name: "directly",
    shares: false,
    skip: false,
    start: async (upstream) => ({ port: upstream, stop: async () => {} }),
  },
  throughNginx("through nginx", NO_OFFERS),
  throughNginx("through nginx that passes offers on", OFFERS),
  {
    name: "through HAProxy",
    shares: true,
    skip: haproxy.skip,
    async start(upstream) {
      const port = await freePort();
      const folder = folderWith({ "haproxy.cfg": haproxyConfiguration(port, upstream) });
      return proxy(port, haproxyCommand(join(folder, "haproxy.cfg")), folder);
    },
  },
];

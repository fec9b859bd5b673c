import { cpus } from "node:os";
import { versionOf } from "../../peers/versions.ts";
import type { Server } from "../servers.ts";
import type { Attack } from "./attacks.ts";
import type { Cost } from "./measure.ts";

/** By server, then by attack; null where it could not be measured. */
export type Costs = Map<Server, Map<Attack, Cost | null>>;

/** docs/reference/hostile-clients.md. */
export function page(attacks: Attack[], found: Costs, seconds: number, command: string): string {
  const servers = [...found.keys()];
  const heads = servers.map(
    (server) => `[${server.title}](${server.docs}) ${versionOf(server.distribution)}`,
  );
  const rows = attacks.map((attack) => {
    const cells = servers.map((server) => cell(found.get(server)?.get(attack) ?? null));
    return `| ${[attack.title, ...cells].join(" | ")} |`;
  });
  return `# Hostile clients

Made by \`${command}\`. Each attack lasts ${seconds} seconds. Every server has two workers, its default settings, and the same
small WSGI application. Meanwhile, a bystander requests a page of two bytes again and again, over a new connection each
time, and waits up to 15 seconds for it.

A cell has four figures:

- the peak memory of all the server's processes, beyond what they used before, in MB; after the arrow, the same three seconds after
  the attack
- the CPU time that they used, in seconds
- the longest wait of the bystander, in seconds
- how many of the bystander's requests got no response, if any

Measured on ${cpus().length} cores with Node ${process.versions.node}; the attackers and the bystander used them as well.

| attack | ${heads.join(" | ")} |
| --- |${" --- |".repeat(servers.length)}
${rows.join("\n")}

## What is done

${attacks.map(({ title, how }) => `- **${title}**: ${how}`).join("\n")}

Settings control Quintet's limits: see
[what a client may cost](../guide/operating.md#what-a-client-may-cost).
`;
}

function cell(cost: Cost | null): string {
  if (cost === null) return "not measured";
  const { memory, after, cpu, wait, lost, asked } = cost;
  const parts = [
    `${memory.toFixed(0)} → ${Math.max(0, after).toFixed(0)} MB`,
    `${cpu.toFixed(1)} s CPU`,
    `${(wait / 1000).toFixed(2)} s`,
  ];
  if (lost > 0) parts.push(`**${lost} of ${asked} lost**`);
  return parts.join(" · ");
}

/** One line for the terminal. */
export function summary(cost: Cost): string {
  return `${cell(cost)} (${cost.asked} asked, machine ${cost.noise.toFixed(0)} ms)`;
}

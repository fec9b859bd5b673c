import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";

export const postgres: Fault = {
  id: "postgres",
  title: "PostgreSQL restarted",
  how: "PostgreSQL is restarted twice, which closes every connection. If the application answers 500 meanwhile, that does not count as lost.",
  options: () => [],
  excused: ["500"],
  async strike({ world }) {
    for (let count = 0; count < 2; count += 1) {
      await world.postgres.restart();
      await sleep(2000);
    }
  },
};

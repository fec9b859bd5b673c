import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";

export const postgres: Fault = {
  id: "postgres",
  title: "PostgreSQL restarted",
  how: "Twice, throwing everyone out. What needs it meanwhile is answered 500 by the application, which is not lost.",
  options: () => [],
  excused: ["500"],
  async strike({ world }) {
    for (let count = 0; count < 2; count += 1) {
      await world.postgres.restart();
      await sleep(2000);
    }
  },
};

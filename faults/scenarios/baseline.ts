import type { Fault } from "../fault.ts";

export const baseline: Fault = {
  id: "baseline",
  title: "nothing",
  how: "The load alone, for comparison.",
  options: () => [],
};

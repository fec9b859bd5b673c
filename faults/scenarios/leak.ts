import type { Fault } from "../fault.ts";
import { replaced } from "./replaced.ts";

export const leak: Fault = {
  id: "leak",
  title: "a leak",
  how: "Up to ten requests a second for a view that leaks 4 MB each time; a worker that uses 150 MB is replaced.",
  options: (can) => can.maxMemory?.(150) ?? null,
  clients: ["leaks"],
  strike: (scene) => replaced(scene, 4),
};

import type { Fault } from "../fault.ts";
import { replaced } from "./replaced.ts";

export const recycle: Fault = {
  id: "recycle",
  title: "recycling every 50 requests",
  how: "Each worker is replaced after 50 requests, or a few more.",
  options: (can) => can.maxRequests?.(50) ?? null,
  strike: (scene) => replaced(scene, 10),
};

import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";

const FULL = 4000;

export const fullDisk: Fault = {
  id: "full-disk",
  title: "a full disk for logs and spool",
  how: "The disk with the server's logs and temporary files is full for four seconds.",
  options: (can, disk) => can.logTo(disk),
  smallDisk: true,
  async strike({ site }) {
    site.disk?.fill();
    await sleep(FULL);
    site.disk?.empty();
  },
};

import type { Fault } from "../fault.ts";
import { baseline } from "./baseline.ts";
import { brokenDeploys } from "./broken-deploys.ts";
import { fullDisk } from "./full-disk.ts";
import { killFront, killWorkers, killZygote } from "./kills.ts";
import { leak } from "./leak.ts";
import { postgres } from "./postgres.ts";
import { recycle } from "./recycle.ts";
import { reload } from "./reload.ts";
import { scale } from "./scale.ts";
import { hung, stopped } from "./stuck.ts";
import { upgrade } from "./upgrade.ts";

/** Deliberate changes. */
export const changes: Fault[] = [baseline, reload, brokenDeploys, recycle, scale, upgrade];

/** Failures. */
export const failures: Fault[] = [
  killWorkers,
  killZygote,
  killFront,
  hung,
  stopped,
  leak,
  fullDisk,
  postgres,
];

/** In the order of the page. */
export const faults: Fault[] = [...changes, ...failures];

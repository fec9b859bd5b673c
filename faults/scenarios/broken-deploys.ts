import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../testing/processes.ts";
import type { Fault } from "../fault.ts";
import { deploy, EDITION } from "./deploy.ts";

const BOOT_TIMEOUT = 3;
/** Milliseconds that each of them stays. */
const STAYS = 2000;

const broken: { what: string; file: string; text: string; stays: number }[] = [
  { what: "a syntax error", file: EDITION, text: "EDITION = = 2\n", stays: STAYS },
  { what: "a missing module", file: EDITION, text: "import no_such_module\n", stays: STAYS },
  { what: "settings that fail", file: "faulty/settings.py", text: "1 / 0\n", stays: STAYS },
  {
    what: "an import that hangs",
    file: EDITION,
    text: "import time\n\ntime.sleep(600)\n",
    stays: STAYS + BOOT_TIMEOUT * 1000,
  },
];

export const brokenDeploys: Fault = {
  id: "broken-deploys",
  title: "reloads of broken deploys",
  how:
    "Deploys with a syntax error, a missing module, settings that fail, and an import that hangs. Each is corrected before " +
    "the next one. Then a correct version is deployed.",
  options: (can) =>
    can.reload ? [...(can.reloadOptions ?? []), ...(can.bootTimeout?.(BOOT_TIMEOUT) ?? [])] : null,
  async strike(scene) {
    const { site, can } = scene;
    for (const { what, file, text, stays } of broken) {
      site.write(file, text);
      const until = sleep(stays);
      // Some say that it failed.
      await Promise.resolve(can.reload?.(site)).catch(() => {});
      await until;
      site.restore(file);
      if (!isAlive(site.main)) return scene.note(`ended by ${what}`);
    }
    await deploy(scene, 2);
  },
};

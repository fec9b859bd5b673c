import type { Fault } from "../fault.ts";
import { deploy } from "./deploy.ts";

const RELOADS = 10;
const FEW = 4;

export const reload: Fault = {
  id: "reload",
  title: "ten reloads",
  how: "Ten deploys one after the other, each of them as soon as all answers are of the one before.",
  options: (can) => (can.reload && (can.reloadOptions ?? [])) || null,
  async strike(scene) {
    for (let edition = 2; edition <= (scene.short ? FEW : RELOADS) + 1; edition += 1) {
      if (!(await deploy(scene, edition))) return;
    }
  },
};

import type { Fault } from "../fault.ts";
import { deploy } from "./deploy.ts";

const RELOADS = 10;
const FEW = 4;

export const reload: Fault = {
  id: "reload",
  title: "ten reloads",
  how: "Ten deploys in a row, each as soon as all responses come from the one before.",
  options: (can) => (can.reload && (can.reloadOptions ?? [])) || null,
  async strike(scene) {
    for (let edition = 2; edition <= (scene.short ? FEW : RELOADS) + 1; edition += 1) {
      if (!(await deploy(scene, edition))) return;
    }
  },
};

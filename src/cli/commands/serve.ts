import { becomeParent } from "../../master/become.ts";
import { takeHanded } from "../../master/handed.ts";
import { parentPython } from "../../master/python.ts";
import type { Arguments } from "../parse-arguments.ts";
import { findDeployment } from "../../config/deployment.ts";
import { currentFolder } from "../../config/current-folder.ts";

/**
 * `quintet [target]`: serve until a signal ends it. This process becomes the parent, which runs the same command once more
 * for each front; so what only a front needs is loaded only there.
 */
export async function serve(args: Arguments): Promise<void> {
  const origin = currentFolder();
  const handed = takeHanded();
  if (handed) {
    const { serveAsFront } = await import("../../front/under-master.ts");
    return serveAsFront(args, origin, handed);
  }
  const deployment = await findDeployment(args, origin);
  const python = parentPython(deployment);
  if (python) return becomeParent(python, deployment, origin);
  const { serveAlone } = await import("../../front/alone.ts");
  return serveAlone(args, origin, deployment);
}

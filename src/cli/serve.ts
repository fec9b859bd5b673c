import { becomeParent } from "../parent/become.ts";
import { takeHanded } from "../parent/handed.ts";
import { parentPython } from "../parent/python.ts";
import type { Arguments } from "./arguments.ts";
import { findDeployment } from "./deployment.ts";
import { currentFolder } from "./folder.ts";

/**
 * `quintet [target]`: serve until a signal ends it. This process becomes the parent, which runs the same command once more
 * for each front; so what only a front needs is loaded only there.
 */
export async function serve(args: Arguments): Promise<void> {
  const origin = currentFolder();
  const handed = takeHanded();
  if (handed) {
    const { serveAsFront } = await import("../parent/front.ts");
    return serveAsFront(args, origin, handed);
  }
  const deployment = await findDeployment(args, origin);
  const python = parentPython(deployment);
  if (python) return becomeParent(python, deployment, origin);
  const { serveAlone } = await import("./serve-alone.ts");
  return serveAlone(args, origin, deployment);
}

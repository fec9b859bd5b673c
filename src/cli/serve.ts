import { becomeMaster } from "../master/become-master.ts";
import { takeFrontDescriptors } from "../master/front-descriptors.ts";
import { masterPython } from "../master/master-python.ts";
import type { Arguments } from "../config/arguments.ts";
import { findDeployment } from "../config/deployment.ts";
import { currentFolder } from "../config/folder.ts";

/**
 * `quintet [target]`: serve until a signal ends it. This process becomes the master, which runs the same command again for each
 * front. So what only a front needs is imported only there.
 */
export async function serve(args: Arguments): Promise<void> {
  const origin = currentFolder();
  const descriptors = takeFrontDescriptors();
  if (descriptors) {
    const { serveUnderMaster } = await import("../front/control/under-master.ts");
    return serveUnderMaster(args, origin, descriptors);
  }
  const deployment = await findDeployment(args, origin);
  const python = masterPython(deployment);
  if (python) return becomeMaster(python, deployment, origin);
  const { serveWithoutMaster } = await import("../front/control/without-master.ts");
  return serveWithoutMaster(args, origin, deployment);
}

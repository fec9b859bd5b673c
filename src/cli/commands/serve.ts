import { findDeployment, type ServeArguments } from "../../config/deployment.ts";
import { currentFolder } from "../../config/current-folder.ts";
import { settingNames } from "../../config/settings/table.ts";
import { becomeMaster } from "../../master/become-master.ts";
import { takeFrontDescriptors } from "../../master/front-descriptors.ts";
import { masterPython } from "../../master/master-python.ts";
import type { Command } from "../command.ts";

export const serve: Command = {
  name: "",
  usage: "[options] [target]",
  summary: "Serve an application.",
  details:
    'The target is a wsgi.ts, or a Python module: oms.wsgi:application, oms.wsgi, "shop:create_app()". Without a target quintet serves the wsgi.ts in this folder, otherwise its wsgi.py or */wsgi.py, otherwise the Django project of its manage.py.',
  maxWords: 1,
  settings: settingNames,
  flags: {
    config: {
      short: "c",
      placeholder: "FILE",
      doc: "Read settings from this file. Default: quintet.config.ts, if it exists.",
    },
  },
  run: ({ words: [target], settings, flags }) =>
    serveTarget({ target, settings, config: flags.config as string | undefined }),
};

/**
 * Serve until a signal ends it. This process becomes the master, which runs the same command line again for each front.
 * Modules that only a front needs are therefore loaded only there.
 */
async function serveTarget(args: ServeArguments): Promise<void> {
  const origin = currentFolder();
  const descriptors = takeFrontDescriptors();
  if (descriptors) {
    const { serveUnderMaster } = await import("../../front/control/under-master.ts");
    return serveUnderMaster(args, origin, descriptors);
  }
  const deployment = await findDeployment(args, origin);
  const python = masterPython(deployment);
  if (python) return becomeMaster(python, deployment, origin);
  const { serveWithoutMaster } = await import("../../front/control/without-master.ts");
  return serveWithoutMaster(args, origin, deployment);
}

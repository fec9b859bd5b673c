import type { Command } from "./command.ts";
import { exportCommand } from "./commands/export.ts";
import { init } from "./commands/init.ts";
import { reload } from "./commands/reload.ts";
import { scale } from "./commands/scale.ts";
import { serve } from "./commands/serve.ts";
import { status } from "./commands/status.ts";
import { stop } from "./commands/stop.ts";
import { upgrade } from "./commands/upgrade.ts";

/** All commands, in the order of --help. The first one is what `quintet` without a command does. */
export const commands: readonly Command[] = [
  serve,
  init,
  exportCommand,
  status,
  reload,
  upgrade,
  scale,
  stop,
];

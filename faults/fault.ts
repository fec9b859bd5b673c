import type { Came } from "./load/exchange.ts";
import type { Load } from "./load/load.ts";
import type { Features } from "./servers.ts";
import type { Site } from "./site.ts";
import type { World } from "./world.ts";

/** What strikes a server under load. */
export interface Fault {
  id: string;
  title: string;
  /** A sentence for the page: what is done. */
  how: string;
  /**
   * The options that the server is to have for it; null if it has no such feature.
   *
   * @param disk the folder of the small disk, where there is one
   */
  options(can: Features, disk: string): string[] | null;
  /** Clients beside the ordinary ones. */
  clients?: string[];
  /** The log and temporary files are to be on a small disk. */
  smallDisk?: boolean;
  /** What no server could answer, because the application itself could not: not counted as lost. */
  excused?: string[];
  /** Nothing if the options are all. */
  strike?(scene: Scene): Promise<void>;
}

/** Where a fault strikes. */
export interface Scene {
  site: Site;
  can: Features;
  load: Load;
  world: World;
  /** It is to be short: what is repeated is repeated a few times only. */
  short: boolean;
  /** Send requests that are the fault's own, at the same time: the load does not count them. */
  aim(path: string, count: number): Promise<Came[]>;
  /** Say in the report what the figures do not show. */
  note(text: string): void;
}

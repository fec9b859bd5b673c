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
   * The server options it needs; null if the server lacks the feature.
   *
   * @param disk the folder of the small disk, where there is one
   */
  options(can: Features, disk: string): string[] | null;
  /** Clients beside the ordinary ones. */
  clients?: string[];
  /** The log and temporary files must be on a small disk. */
  smallDisk?: boolean;
  /** Failures of the application itself, which no server could prevent; not counted as lost. */
  excused?: string[];
  /** Absent if the options are everything. */
  strike?(scene: Scene): Promise<void>;
}

/** Where a fault strikes. */
export interface Scene {
  site: Site;
  can: Features;
  load: Load;
  world: World;
  /** A short run: repeated actions run only a few times. */
  short: boolean;
  /** Send the fault's own requests at the same time; the load does not count them. */
  aim(path: string, count: number): Promise<Came[]>;
  /** Add a note to the report. */
  note(text: string): void;
}

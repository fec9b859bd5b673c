/** The start-up messages of processes: the variable QUINTET_WORKER, or the payload of FORK. */
import { type FieldsOf, type Fits, isSwitch, isText, isWhole } from "../shared/message-shape.ts";

/** What a process needs to connect to the front, to print and to write its stacks. */
export interface ProcessStartUp {
  /** The number of the worker; 0 for a zygote. */
  id: number;
  token: string;
  /** The pid of the front. */
  parent: number;
  /** The path of the front's socket. */
  socket: string;
  /** The file to which the process writes the stacks of its threads. */
  stacks: string;
  /** The signal that asks for the stacks. */
  stackSignal: number;
  /** Where the process makes its pipes for stdout and stderr, without the ending. */
  output: string;
}

/** What every process of ours is started with. */
interface StartUp extends ProcessStartUp {
  /** `django`, `package.module:attribute`, or the path of a file that Node loads. */
  target: string;
  /** The folder that comes first on sys.path. */
  project: string;
  /** The Python module with post_fork and worker_exit; empty for none. */
  hooks: string;
}

const START_UP: FieldsOf<StartUp> = {
  id: isWhole(0),
  token: isText,
  parent: isWhole(0),
  socket: isText,
  stacks: isText,
  stackSignal: isWhole(0),
  output: isText,
  target: isText,
  project: isText,
  hooks: isText,
};

/** The variable QUINTET_WORKER of a worker, and the payload of FORK. */
export interface WorkerStartUp extends StartUp {
  /** The path of the shared page. */
  page: string;
  threads: number;
  /** Another process may run the application at the same time. */
  multiprocess: boolean;
  /** A hop-by-hop header of the application is an error. */
  strictHeaders: boolean;
}

const WORKER_START_UP: FieldsOf<WorkerStartUp> = {
  ...START_UP,
  page: isText,
  threads: isWhole(0),
  multiprocess: isSwitch,
  strictHeaders: isSwitch,
};

/** The variable QUINTET_WORKER of a zygote. */
export interface ZygoteStartUp extends StartUp {
  zygote: true;
  /** Fork even if the import has left something that forks cannot share. */
  always: boolean;
}

const ZYGOTE_START_UP: FieldsOf<ZygoteStartUp> = {
  ...START_UP,
  zygote: isSwitch,
  always: isSwitch,
};

/** Both, by the names of their types: part of MESSAGES. */
export const START_UPS: Record<string, Record<string, Fits>> = {
  WorkerStartUp: WORKER_START_UP,
  ZygoteStartUp: ZYGOTE_START_UP,
};

import type { Task, TaskLink } from "../task.ts";
import { closeFile, runFileJob } from "../../files/file-threads.ts";
import type { ResponseHead } from "../../wire/response-head.ts";

/** The number of bytes that are read at a time. */
const BLOCK_BYTES = 64 * 1024;
/** The most bytes that may be on their way to the client. */
const WINDOW_BYTES = 2 * BLOCK_BYTES;

/** A file that a worker has named as the body of a response. */
export interface NamedFile {
  path: string;
  /** The first byte, and the number of bytes. */
  position: number;
  length: number;
  /** Identifies the file: if worker and front are in different PID namespaces, the path may lead to another file here. */
  device: bigint;
  inode: bigint;
}

/** A named file that is open here. */
export interface OpenFile {
  readonly descriptor: number;
  /** Its device. */
  readonly place: string;
}

/**
 * Opens a file that a worker has named, if the path leads to the same file here.
 *
 * @throws why the front cannot read it
 */
export async function openNamed({ path, device, inode }: NamedFile): Promise<OpenFile> {
  const place = `device ${device}`;
  return { descriptor: await runFileJob(place, "open", { path, device, inode }), place };
}

/** The rest of a response that comes from a file. The worker is already free. */
export class FileSource implements TaskLink {
  readonly holdsWorker = false;
  readonly #task: Task;
  readonly #handle: OpenFile;
  #position: number;
  #left: number;
  #inFlight = 0;
  #reading = false;
  #open = true;

  constructor(task: Task, handle: OpenFile, file: NamedFile) {
    this.#task = task;
    this.#handle = handle;
    this.#position = file.position;
    this.#left = file.length;
    task.link = this;
  }

  /** Sends the head and the first bytes. The rest follows as the client reads. */
  start(head: ResponseHead, flags: number): void {
    this.#read((data) => {
      this.#inFlight += data.length;
      this.#task.onStart(head, flags, data);
    });
  }

  credit(_task: Task, bytes: number): void {
    this.#inFlight -= bytes;
    this.#more();
  }

  gone(): void {
    this.#close();
  }

  #more(): void {
    if (this.#reading || !this.#open) return;
    if (this.#left === 0) {
      this.#close();
      this.#task.onEnd();
    } else if (this.#inFlight < WINDOW_BYTES) {
      this.#read((data) => {
        this.#inFlight += data.length;
        this.#task.onData(data);
      });
    }
  }

  #read(deliver: (data: Buffer) => void): void {
    const { place, descriptor } = this.#handle;
    const part = { descriptor, position: this.#position, size: Math.min(BLOCK_BYTES, this.#left) };
    this.#reading = true;
    const done = (error: Error | null, data: Uint8Array): void => {
      this.#reading = false;
      if (!this.#open) return closeQuietly(this.#handle);
      this.#position += data.length;
      this.#left -= data.length;
      deliver(Buffer.from(data.buffer, data.byteOffset, data.length));
      if (this.#open && data.length === 0) this.#cut(error);
      else this.#more();
    };
    runFileJob(place, "read", part).then(
      (data) => done(null, data),
      (error: Error) => done(error, new Uint8Array()),
    );
  }

  #cut(error: Error | null): void {
    this.#close();
    this.#task.onAbort(
      "QUINTET_BAD_ANSWER",
      error ? `its file cannot be read: ${error.message}` : "its file has become shorter",
    );
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#task.link = null;
    // Do not close it during a read: the read could then use the descriptor of another file.
    if (!this.#reading) closeQuietly(this.#handle);
  }
}

export function closeQuietly({ place, descriptor }: OpenFile): void {
  closeFile(place, descriptor);
}

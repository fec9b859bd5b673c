import { constants, read } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Task, TaskLink } from "../dispatch/task.ts";
import type { ResponseHead } from "./response-head.ts";

/** Bytes that are read at a time, and that may be on their way to the client. */
const BLOCK = 64 * 1024;
const WINDOW = 2 * BLOCK;

/** A file that a worker has named as the body of a response. */
export interface NamedFile {
  path: string;
  /** From where on, and how many bytes. */
  position: number;
  length: number;
  /** Which file it is: the same path may be another one where the worker sees other processes than we do. */
  device: bigint;
  inode: bigint;
}

/**
 * @throws why it cannot be read here
 */
export async function openNamed(file: NamedFile): Promise<FileHandle> {
  const handle = await open(file.path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stat = await handle.stat({ bigint: true });
  if (stat.isFile() && stat.dev === file.device && stat.ino === file.inode) return handle;
  closeQuietly(handle);
  throw new Error(`${file.path} is another file here`);
}

/** The rest of a response that comes from a file: no worker has a part in it. */
export class FileSource implements TaskLink {
  readonly holdsWorker = false;
  readonly #task: Task;
  readonly #handle: FileHandle;
  readonly #micros: number;
  #position: number;
  #left: number;
  #inFlight = 0;
  #reading = false;
  #open = true;

  constructor(task: Task, handle: FileHandle, file: NamedFile, micros: number) {
    this.#task = task;
    this.#handle = handle;
    this.#position = file.position;
    this.#left = file.length;
    this.#micros = micros;
    task.link = this;
  }

  /** Send the head and what fits; the rest goes as it is taken. */
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
      this.#task.onEnd(this.#micros);
    } else if (this.#inFlight < WINDOW) {
      this.#read((data) => {
        this.#inFlight += data.length;
        this.#task.onData(data);
      });
    }
  }

  #read(deliver: (data: Buffer) => void): void {
    const buffer = Buffer.allocUnsafe(Math.min(BLOCK, this.#left));
    this.#reading = true;
    read(this.#handle.fd, buffer, 0, buffer.length, this.#position, (error, size) => {
      this.#reading = false;
      if (!this.#open) return closeQuietly(this.#handle);
      this.#position += size;
      this.#left -= size;
      deliver(buffer.subarray(0, size));
      if (this.#open && size === 0) this.#cut(error);
      else this.#more();
    });
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
    // Not while it is being read: its number may be another file's by then.
    if (!this.#reading) closeQuietly(this.#handle);
  }
}

/** Of what was only read. */
export function closeQuietly(handle: FileHandle): void {
  handle.close().catch(() => {});
}

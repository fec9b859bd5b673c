import { breach } from "../../shared/message-shape.ts";
import { readFacts, readFailure, readRecord } from "../../wire/message-readers.ts";
import * as frames from "../../wire/frames.ts";
import { readHead, type ResponseHead } from "../../wire/response-head.ts";
import type { Task } from "../task.ts";
import { closeQuietly, FileSource, openNamed } from "./file-source.ts";
import {
  checkSize,
  countBodyBytes,
  endOfHead,
  type FileAnswer,
  hasNoBody,
  readFile,
} from "./payloads.ts";
import type { LinkListener } from "./link-listener.ts";
import type { WorkerLink } from "./worker-link.ts";

/**
 * The most bytes of a response that may be here without the client having taken them. A worker keeps to 128 KB, except for
 * what a TypeScript application passes to write(), which cannot wait.
 */
const MAX_UNTAKEN_BYTES = 2 * frames.MAX_FRAME_BYTES;

/** Reads the frames from a worker, checks each, and passes it to its request. */
export class AnswerReader {
  readonly #link: WorkerLink;
  readonly #listener: LinkListener;

  constructor(link: WorkerLink, listener: LinkListener) {
    this.#link = link;
    this.#listener = listener;
  }

  /**
   * Handles one frame: `buffer` from `start` to `end` is its payload.
   *
   * @throws {QuintetError} QUINTET_PROTOCOL for a frame that a worker never sends, or not at this point
   */
  frame(type: number, flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    if (type < frames.ANSWER) return this.#boot(type, buffer.toString("utf8", start, end));
    if (type >= frames.CALL)
      return this.#link.innerCalls.frame(type, flags, id, buffer, start, end);
    if (type === frames.HANDBACK) {
      checkSize("HANDBACK", end - start, 0);
      return this.#link.handedBack(id);
    }
    const task = this.#link.find(id);
    if (type === frames.LOG) {
      const { level, text } = readRecord(buffer.toString("utf8", start, end));
      if (task !== undefined) this.#link.hear(task);
      return this.#listener.log(level, text, task);
    }
    if (type === frames.BODY_WANTED) {
      checkSize("BODY_WANTED", end - start, 4);
      return this.#bodyWanted(task, buffer.readUInt32LE(start));
    }
    if (task === undefined)
      throw breach(`a frame of type ${type} about request ${id}, which it does not have`);
    this.#link.hear(task);
    if (task.isOpeningFile) {
      // If the application was interrupted while the front opened the file, it may send another response.
      if (type !== frames.ANSWER && type !== frames.START) {
        throw breach(`a frame of type ${type} about a request that it has answered with a file`);
      }
      task.isOpeningFile = false;
    }
    if (type === frames.ANSWER) this.#answer(task, flags, buffer, start, end);
    else if (type === frames.START) this.#start(task, flags, buffer, start, end);
    else if (type === frames.DATA) this.#data(task, buffer, start, end);
    else if (type === frames.END || type === frames.ABORT)
      this.#end(task, type === frames.END, buffer, start, end);
    else if (type === frames.FILE) {
      if (task.isStreaming) throw breach("FILE after START");
      const answer = readFile(buffer, start, end);
      task.isOpeningFile = true;
      void this.#file(task, flags, answer);
    } else throw breach(`a frame of type ${type}`);
  }

  /** READY or FAILED. */
  #boot(type: number, text: string): void {
    const link = this.#link;
    if (type !== frames.READY && type !== frames.FAILED) throw breach(`a frame of type ${type}`);
    if (link.hasBooted) throw breach("READY or FAILED a second time");
    link.hasBooted = true;
    if (type === frames.FAILED) return this.#listener.failed(readFailure(text));
    const facts = readFacts(text);
    if (link.state === "booting") link.state = "ready";
    this.#listener.ready(facts);
  }

  /** An application may still ask for its body after it has answered. Then it gets nothing. */
  #bodyWanted(task: Task | undefined, bytes: number): void {
    if (task === undefined) return;
    this.#link.hear(task);
    if (bytes === 0) throw breach("BODY_WANTED of no bytes");
    if (task.upload === null) throw breach("BODY_WANTED for a request whose body it has");
    task.upload.want(bytes, this.#link.bodySink);
  }

  #answer(task: Task, flags: number, buffer: Buffer, start: number, end: number): void {
    if (task.isStreaming) throw breach("ANSWER after START");
    const headEnd = endOfHead(buffer, start, start + 8, end);
    const head = readHead(buffer.toString("latin1", start + 8, headEnd));
    checkWholeBody(task, head, end - headEnd);
    this.#link.finished(task, buffer.readUInt32LE(start));
    if (!task.abandoned) task.onAnswer(head, flags, buffer, headEnd, end);
    this.#link.freed(task);
  }

  #start(task: Task, flags: number, buffer: Buffer, start: number, end: number): void {
    if (task.isStreaming) throw breach("START after START");
    const headEnd = endOfHead(buffer, start, start + 8, end);
    const head = readHead(buffer.toString("latin1", start + 8, headEnd));
    const data = buffer.subarray(headEnd, end);
    task.bodyBytesLeft = hasNoBody(task, head) ? 0 : (head.length ?? Infinity);
    countBodyBytes(task, data.length);
    task.markStreaming(performance.now());
    if (task.abandoned) return this.#link.gone(task);
    task.untakenBytes = data.length;
    task.untakenFrames = 0;
    task.onStart(head, flags, data);
  }

  #data(task: Task, buffer: Buffer, start: number, end: number): void {
    const size = end - start;
    if (!task.isStreaming) throw breach("DATA before START");
    countBodyBytes(task, size);
    task.markAlive(performance.now());
    if (task.abandoned) return;
    task.untakenBytes += size;
    task.untakenFrames += 1;
    const untaken = task.untakenBytes + task.untakenFrames * frames.FRAME_COST_BYTES;
    if (untaken > MAX_UNTAKEN_BYTES) throw breach("DATA for which it has no credit");
    task.onData(buffer.subarray(start, end));
  }

  #end(task: Task, isWhole: boolean, buffer: Buffer, start: number, end: number): void {
    const name = isWhole ? "END" : "ABORT";
    checkSize(name, end - start, 4);
    if (!task.isStreaming) throw breach(`${name} before START`);
    // If the client has left, the worker may omit the rest.
    if (isWhole && !task.abandoned && task.bodyBytesLeft > 0 && task.bodyBytesLeft < Infinity) {
      throw breach(`END, and ${task.bodyBytesLeft} bytes of its Content-Length are missing`);
    }
    this.#link.finished(task, buffer.readUInt32LE(start));
    if (!task.abandoned) {
      if (isWhole) task.onEnd();
      else task.onAbort("QUINTET_BAD_ANSWER", "the application ended its response early");
    }
    this.#link.freed(task);
  }

  /** The rest of the response is in a file. Once the front has opened it, the worker is free. */
  async #file(task: Task, flags: number, { micros, head, file }: FileAnswer): Promise<void> {
    let handle = null;
    try {
      if (!task.abandoned) handle = await openNamed(file);
    } catch (error) {
      if (!this.#stillWants(task)) return;
      this.#listener.unopened(error, task);
      return this.#link.reply((out) => out.plain(frames.FILE_REFUSED, task.id));
    }
    if (!this.#stillWants(task)) return handle ? closeQuietly(handle) : undefined;
    this.#link.reply((out) => out.plain(frames.FILE_TAKEN, task.id));
    this.#link.finished(task, micros);
    if (handle && task.abandoned) closeQuietly(handle);
    else if (handle) new FileSource(task, handle, file).start(head, flags);
    this.#link.freed(task);
  }

  /** False if the worker has died meanwhile, or has sent another response. */
  #stillWants(task: Task): boolean {
    const wants = task.isOpeningFile && task.link === this.#link && !this.#link.broken;
    task.isOpeningFile = false;
    return wants;
  }
}

/** @throws {QuintetError} QUINTET_PROTOCOL if the body of an ANSWER does not have the length that its head says */
function checkWholeBody(task: Task, head: ResponseHead, size: number): void {
  if (size > 0 && (head.code === 204 || head.code === 304)) {
    throw breach(`ANSWER of ${head.code} with ${size} bytes`);
  }
  if (head.length !== null && head.length !== size && !(size === 0 && hasNoBody(task, head))) {
    throw breach(`ANSWER with ${size} bytes and a Content-Length of ${head.length}`);
  }
}

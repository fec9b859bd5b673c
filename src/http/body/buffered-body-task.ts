import { Task } from "../../dispatch/task.ts";
import type { BufferedBody } from "./buffered-body.ts";

/** A request whose body may be read whole before the application gets it. The body is kept until the request has ended. */
export abstract class BufferedBodyTask extends Task {
  #body: BufferedBody | null = null;

  holdBody(body: BufferedBody): void {
    this.#body = body;
    this.body = body.content;
    this.bodyInFile = body.inFile;
  }

  override release(): void {
    this.#body?.release();
    this.#body = null;
  }
}

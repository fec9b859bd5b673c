/** What small pieces are gathered into, at most. */
export const BLOCK: number = 64 * 1024;
/** The first of these blocks; each one after it is as large as all before it. */
const FIRST = 1024;
/** What a piece of its own costs beside its bytes. */
const PIECE_COST = 512;

/** Pieces of a body, however small they come, in blocks: what it costs to hold them is in proportion to their bytes. */
export class Blocks {
  /** Bytes that are held. */
  size = 0;
  /** Bytes of memory that this takes. */
  memory = 0;
  #blocks: Buffer[] = [];
  /** What of the last block is filled; all of it unless pieces are gathered there. */
  #free = 0;

  add(piece: Buffer): void {
    let rest = piece;
    if (this.#free > 0) {
      const last = this.#blocks.at(-1) as Buffer;
      const part = rest.length <= this.#free ? rest : rest.subarray(0, this.#free);
      last.set(part, last.length - this.#free);
      this.#free -= part.length;
      rest = rest.subarray(part.length);
    }
    this.size += piece.length;
    if (rest.length === 0) return;
    // One that is large, or the only one, stays as it is.
    if (this.#blocks.length === 0 || rest.length >= BLOCK / 2) {
      this.#blocks.push(rest);
      this.memory += rest.length + PIECE_COST;
      return;
    }
    const block = Buffer.allocUnsafeSlow(Math.min(BLOCK, Math.max(FIRST, this.size)));
    block.set(rest);
    this.#free = block.length - rest.length;
    this.#blocks.push(block);
    this.memory += block.length + PIECE_COST;
  }

  /** All that is held, which then is held no more. */
  take(): Buffer[] {
    const blocks = this.#blocks;
    if (this.#free > 0) {
      const last = blocks.pop() as Buffer;
      blocks.push(last.subarray(0, last.length - this.#free));
    }
    this.#blocks = [];
    this.#free = 0;
    this.size = 0;
    this.memory = 0;
    return blocks;
  }

  /** The same in one piece, without a copy where it is one. */
  takeWhole(): Buffer {
    const blocks = this.take();
    return blocks.length === 1 ? (blocks[0] as Buffer) : Buffer.concat(blocks);
  }
}

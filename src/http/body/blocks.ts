/** The largest block that small pieces are copied into. */
export const MAX_BLOCK_BYTES: number = 64 * 1024;
/** The smallest of these blocks. Each further block is as large as all before it. */
const MIN_BLOCK_BYTES = 1024;
/** The memory that a piece costs in addition to its bytes. */
const PIECE_OVERHEAD_BYTES = 512;

/** Holds the pieces of a body in blocks, so that even tiny pieces cost memory only in proportion to their bytes. */
export class Blocks {
  /** The bytes that are held. */
  size = 0;
  /** The memory that they cost, in bytes. */
  memory = 0;
  #blocks: Buffer[] = [];
  /** The free bytes at the end of the last block; 0 unless pieces are copied into it. */
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
    // A large piece, or the only one, is not copied.
    if (this.#blocks.length === 0 || rest.length >= MAX_BLOCK_BYTES / 2) {
      this.#blocks.push(rest);
      this.memory += rest.length + PIECE_OVERHEAD_BYTES;
      return;
    }
    const blockBytes = Math.min(MAX_BLOCK_BYTES, Math.max(MIN_BLOCK_BYTES, this.size));
    const block = Buffer.allocUnsafeSlow(blockBytes);
    block.set(rest);
    this.#free = block.length - rest.length;
    this.#blocks.push(block);
    this.memory += block.length + PIECE_OVERHEAD_BYTES;
  }

  /** Removes everything that is held, and returns it. */
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

  /** Like `take`, in one buffer. A single block is not copied. */
  takeWhole(): Buffer {
    const blocks = this.take();
    return blocks.length === 1 ? (blocks[0] as Buffer) : Buffer.concat(blocks);
  }
}

/**
 * Bytes of a stream that are not yet taken. Slices handed out stay valid for ever: storage is only appended to, never
 * moved or written twice.
 *
 * Chunks are copied only while a message spans them, into storage that grows by half: a message sent in one-byte pieces
 * costs its own length in memory, not one Buffer object for each piece (an amplification attack otherwise).
 */
export class ByteBuffer {
  #storage: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  /** Bytes not yet taken. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Takes ownership of the chunk: the caller must not write to it afterwards. */
  append(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.length === 0) {
      this.#storage = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    this.#makeRoom(chunk.length);
    chunk.copy(this.#storage, this.#end);
    this.#end += chunk.length;
  }

  /** @param offset from the first byte not yet taken; must be inside `length` */
  peekUint8(offset: number): number {
    return this.#storage.readUInt8(this.#start + offset);
  }

  peekInt32(offset: number): number {
    return this.#storage.readInt32BE(this.#start + offset);
  }

  /** Takes `count` bytes, at most `length`, without copying. */
  take(count: number): Buffer {
    const end = Math.min(this.#start + count, this.#end);
    const taken = this.#storage.subarray(this.#start, end);
    this.#start = end;
    if (this.length === 0) this.#forget();
    return taken;
  }

  /** A chunk that was appended whole has no room behind its end, so only storage made here is ever written to. */
  #makeRoom(count: number): void {
    if (this.#end + count <= this.#storage.length) return;
    const needed = this.length + count;
    const grown = Buffer.allocUnsafeSlow(needed + Math.max(needed >> 1, 64));
    this.#storage.copy(grown, 0, this.#start, this.#end);
    this.#end = this.length;
    this.#start = 0;
    this.#storage = grown;
  }

  /** Does not keep a large chunk alive for the sake of nothing. */
  #forget(): void {
    this.#storage = Buffer.alloc(0);
    this.#start = 0;
    this.#end = 0;
  }
}

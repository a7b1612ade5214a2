const LF = 10;
const CR = 13;

/**
 * Watches over the lines of a stream, so that one without end is noticed before it is kept. A line
 * is as long whichever way it is cut into chunks.
 *
 * @param maxBytes Most bytes of one line, without its end.
 * @returns Takes the chunks in their order; false once a line is too long.
 */
export function createLineLimit(maxBytes: number): (chunk: Uint8Array) => boolean {
  // Bytes so far of the line that has not ended yet.
  let open = 0;
  return (chunk) => {
    if (open + chunk.length > maxBytes) {
      for (const byte of chunk) {
        open = byte === LF || byte === CR ? 0 : open + 1;
        if (open > maxBytes) return false;
      }
      return true;
    }
    // No line in here can be too long, so only the last one is of interest.
    const start = lastLine(chunk);
    open = start > 0 ? chunk.length - start : open + chunk.length;
    return true;
  };
}

/** Where the last line begins that begins in here; 0 when none does. */
function lastLine(chunk: Uint8Array): number {
  for (let i = chunk.length - 1; i >= 0; i--) {
    if (chunk[i] === LF || chunk[i] === CR) return i + 1;
  }
  return 0;
}

/** Says on a terminal how far a long run has come; says nothing where nobody looks. */
export interface Progress {
  step(): void;
  /** Removes the line, so that the report begins on a clean one. */
  end(): void;
}

const everyMilliseconds = 200;

export function progressOn(stream: NodeJS.WriteStream, what: string): Progress {
  let done = 0;
  let shown = 0;
  if (!stream.isTTY) return { step: () => {}, end: () => {} };
  return {
    step: () => {
      done += 1;
      if (Date.now() - shown < everyMilliseconds) return;
      shown = Date.now();
      stream.write(`\r\u001b[K${done} ${what}`);
    },
    end: () => {
      if (shown > 0) stream.write('\r\u001b[K');
    },
  };
}

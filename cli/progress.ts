/** Says on a terminal how far a long run has come; says nothing where nobody looks. */
export interface Progress {
  /** @param count how many steps there will be; asked only where somebody looks */
  begin(count: () => Promise<number>): Promise<void>;
  step(): void;
  /** Removes the line, so that the report begins on a clean one. */
  end(): void;
}

const everyMilliseconds = 200;
const silent: Progress = { begin: async () => {}, step: () => {}, end: () => {} };

export function progressOn(stream: NodeJS.WriteStream, what: string): Progress {
  if (!stream.isTTY) return silent;
  let done = 0;
  let total = 0;
  let since = Date.now();
  let shown = 0;
  return {
    begin: async (count) => {
      total = await count();
      done = 0;
      since = Date.now();
    },
    step: () => {
      done += 1;
      const now = Date.now();
      if (now - shown < everyMilliseconds) return;
      shown = now;
      stream.write(`\r\u001b[K${progressLine(what, done, total, now - since)}`);
    },
    end: () => {
      if (shown > 0) stream.write('\r\u001b[K');
    },
  };
}

/** `1200 of 5000 principals checked, 12 s left`; without a total how many there were. */
export function progressLine(what: string, done: number, total: number, milliseconds: number): string {
  if (total < done) return `${done} ${what}`;
  const seconds = Math.ceil((milliseconds / done) * ((total - done) / 1000));
  const left = seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
  return `${done} of ${total} ${what}, ${left} left`;
}

/** What a struct holds: texts and further structs, by names in small letters; a null is left out. */
export interface Struct {
  readonly [name: string]: string | Struct;
}

/**
 * Reads how Athena and CloudTrail Lake print a struct in a CSV: `{type=AssumedRole, arn=…, sessioncontext={sessionissuer={arn=…}}}`.
 * The form has no escapes. A text in which a name comes twice may have been made up by whoever chose one of the values,
 * and is none.
 */
export function parseStruct(text: string): Struct | undefined {
  const reader = new StructReader(text);
  const struct = reader.struct();
  return reader.isAtEnd() ? struct : undefined;
}

class StructReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  struct(): Struct | undefined {
    if (!this.#take('{')) return undefined;
    const members = new Map<string, string | Struct>();
    const names = new Set<string>();
    if (this.#take('}')) return {};
    do {
      const name = this.#until(/=/g)?.toLowerCase();
      if (name === undefined || !/^\w+$/.test(name) || names.has(name) || !this.#take('=')) return undefined;
      names.add(name);
      const value = this.#text[this.#at] === '{' ? this.struct() : this.#until(/, \w+=|\}/g);
      if (value === undefined) return undefined;
      if (value !== 'null') members.set(name, value);
    } while (this.#take(', '));
    return this.#take('}') ? Object.fromEntries(members) : undefined;
  }

  #take(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    return true;
  }

  /** The text before what is looked for, which is left. */
  #until(end: RegExp): string | undefined {
    end.lastIndex = this.#at;
    const found = end.exec(this.#text);
    if (found === null) return undefined;
    const text = this.#text.slice(this.#at, found.index);
    this.#at = found.index;
    return text;
  }
}

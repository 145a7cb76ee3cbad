import type { Glob } from './template.ts';

/** Compiles a glob to a test. No regular expressions: a policy of many `*` must not cost exponential time. */
export function compileGlob(glob: Glob): (text: string) => boolean {
  if (glob.every((token) => token.kind === 'text' || (token.kind === 'any' && !token.withinSegment))) {
    return compileChunks(glob);
  }
  const units = glob.flatMap(unitsOf);
  const first = glob[0];
  const prefix = first?.kind === 'text' ? first.text : '';
  const follow = units.some((unit) => unit === ANY_WITHIN_SEGMENT || unit === ONE_WITHIN_SEGMENT)
    ? simulate
    : matchGreedily;
  return (text) => text.startsWith(prefix) && follow(units, text);
}

/** Texts with `*` in between: they must follow one another, the first at the start and the last at the end. */
function compileChunks(glob: Glob): (text: string) => boolean {
  const only = glob[0];
  if (only === undefined) return (text) => text === '';
  if (glob.length === 1) {
    if (only.kind !== 'text') return () => true;
    const exact = only.text;
    return (text) => text === exact;
  }
  const texts = glob.flatMap((token) => (token.kind === 'text' ? [token.text] : []));
  const prefix = only.kind === 'text' ? (texts.shift() ?? '') : '';
  const suffix = glob.at(-1)?.kind === 'text' ? (texts.pop() ?? '') : '';
  const shortest = prefix.length + suffix.length;
  if (texts.length === 0) {
    return (text) => text.length >= shortest && text.startsWith(prefix) && text.endsWith(suffix);
  }
  return (text) => {
    if (text.length < shortest || !text.startsWith(prefix) || !text.endsWith(suffix)) return false;
    let at = prefix.length;
    for (const chunk of texts) {
      const found = text.indexOf(chunk, at);
      if (found === -1) return false;
      at = found + chunk.length;
    }
    return at <= text.length - suffix.length;
  };
}

const ANY = -1;
const ANY_WITHIN_SEGMENT = -2;
const ONE = -3;
const ONE_WITHIN_SEGMENT = -4;
const COLON = 58;

function unitsOf(token: Glob[number]): number[] {
  switch (token.kind) {
    case 'text':
      return Array.from({ length: token.text.length }, (_, index) => token.text.charCodeAt(index));
    case 'any':
      return [token.withinSegment ? ANY_WITHIN_SEGMENT : ANY];
    case 'one':
      return [token.withinSegment ? ONE_WITHIN_SEGMENT : ONE];
  }
}

/**
 * Takes as little as possible for each `*`; when what follows fails, one character more for the last one. That is
 * enough, since every `*` may match anything.
 */
function matchGreedily(units: readonly number[], text: string): boolean {
  let unit = 0;
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  while (at < text.length) {
    const wanted = units[unit];
    if (wanted === ANY) {
      star = unit++;
      resumeAt = at;
    } else if (wanted === ONE || wanted === text.charCodeAt(at)) {
      unit += 1;
      at += 1;
    } else if (star !== -1) {
      unit = star + 1;
      at = ++resumeAt;
    } else return false;
  }
  while (units[unit] === ANY) unit += 1;
  return unit === units.length;
}

/** Follows all positions in the pattern that the text read so far can have reached. */
function simulate(units: readonly number[], text: string): boolean {
  let reached = new Uint8Array(units.length + 1);
  let next = new Uint8Array(units.length + 1);
  reached[0] = 1;
  skipStars(units, reached);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    next.fill(0);
    for (let position = 0; position < units.length; position += 1) {
      if (reached[position] === 0) continue;
      const unit = units[position];
      if (staysAfter(unit, code)) next[position] = 1;
      else if (goesOnAfter(unit, code)) next[position + 1] = 1;
    }
    skipStars(units, next);
    [reached, next] = [next, reached];
  }
  return reached[units.length] === 1;
}

function staysAfter(unit: number | undefined, code: number): boolean {
  return unit === ANY || (unit === ANY_WITHIN_SEGMENT && code !== COLON);
}

function goesOnAfter(unit: number | undefined, code: number): boolean {
  return unit === code || unit === ONE || (unit === ONE_WITHIN_SEGMENT && code !== COLON);
}

function skipStars(units: readonly number[], reached: Uint8Array): void {
  for (let position = 0; position < units.length; position += 1) {
    const unit = units[position];
    if (reached[position] === 1 && (unit === ANY || unit === ANY_WITHIN_SEGMENT)) reached[position + 1] = 1;
  }
}

/**
 * Finds texts that match some patterns and not others, exactly: all patterns run side by side as automata over
 * the characters that they can tell apart, breadth first, so that every combination of answers that any text
 * can have is met, and the shortest text for it is found first.
 */
import { fitsInto, longestOf, machineOf } from './automaton.ts';
import { type Effort, isSpent } from './effort.ts';
import { type CharSet, has, type PatternStep, type TextPattern } from './text-patterns.ts';

/** For each set of patterns that some text matches alone, that text. */
export interface TextClasses {
  /** Key: one character a pattern, `1` where the text matches it. */
  readonly texts: ReadonlyMap<string, string>;
  /** False when the work was cut off: then a combination that is not listed may still exist. */
  readonly complete: boolean;
  /** What it took, in steps of a single pattern. */
  readonly work: number;
}

const spare = 'xyzwvutsrqponmlkjihgfedcbaXYZ0123456789WVUTSRQPONMLKJIHGFEDCBA-_.';

/** Sets of more characters than this stand for any of them; smaller ones name characters. */
const fewChars = 3;

function namedBy({ chars }: PatternStep): string {
  if ('not' in chars) return chars.not;
  return chars.only.length <= fewChars ? chars.only : '';
}

/** Some character of a set that is not named: it stands for all of those. */
function freshChar(chars: CharSet, named: ReadonlySet<string>): string | undefined {
  const usable = (char: string) => !named.has(char) && has(chars, char);
  const found = [...spare].find(usable);
  if (found !== undefined) return found;
  if ('only' in chars) return [...chars.only].find(usable);
  let code = 0x2460;
  while (!usable(String.fromCharCode(code))) code++;
  return String.fromCharCode(code);
}

/**
 * The characters to go on with from some states, the form's first: every one that a pattern tells from the others
 * there, and for each set of the form one that stands for the rest.
 */
function nextChars(form: readonly PatternStep[], patterns: () => readonly PatternStep[]): string[] {
  const [only] = form;
  if (form.length === 1 && only && 'only' in only.chars && only.chars.only.length === 1)
    return [only.chars.only];
  const named = new Set<string>();
  for (const step of [...form, ...patterns()]) for (const char of namedBy(step)) named.add(char);
  const fresh = form.flatMap((step) => freshChar(step.chars, named) ?? []);
  return [...new Set([...fresh, ...named])];
}

/**
 * For every combination of answers that a text of the form can get from the patterns, the shortest such text.
 * Work is counted in steps of a single pattern; beyond the limit, or when the effort is spent, the result says that it
 * is not complete.
 */
export function classifyTexts(
  form: TextPattern,
  patterns: readonly TextPattern[],
  limit = 1_000_000,
  effort: Effort = { left: limit },
): TextClasses {
  const shape = machineOf(form);
  const others = patterns.map(machineOf);
  const texts = new Map<string, string>();
  const mostCharacters = longestOf(form);
  interface Node {
    readonly shape: number;
    readonly states: readonly number[];
    readonly from: Node | undefined;
    readonly char: string;
  }
  const seen = new Set<string>();
  const queue: Node[] = [];
  const visit = (node: Node) => {
    const key = `${node.shape}:${node.states.join(',')}`;
    if (seen.has(key)) return;
    seen.add(key);
    queue.push(node);
    if (!shape.accepts(node.shape)) return;
    const answers = others.map((machine, i) => (machine.accepts(node.states[i] ?? 0) ? '1' : '0')).join('');
    if (texts.has(answers)) return;
    let text = '';
    for (let at: Node | undefined = node; at; at = at.from) text = at.char + text;
    // The shortest with these answers: where it is too long, there is none.
    if (fitsInto(text, mostCharacters)) texts.set(answers, text);
  };
  visit({ shape: shape.start, states: others.map(({ start }) => start), from: undefined, char: '' });
  let work = 0;
  for (let i = 0; i < queue.length; i++) {
    const node = queue[i];
    if (!node) break;
    if ((i & 63) === 63 && isSpent(effort)) return { texts, complete: false, work };
    const steps = () => others.flatMap((machine, n) => machine.steps(node.states[n] ?? 0));
    const alive = others.filter((machine, n) => !machine.dead(node.states[n] ?? 0)).length;
    for (const char of nextChars(shape.steps(node.shape), steps)) {
      work += alive + 1;
      effort.left -= alive + 1;
      if (work > limit) return { texts, complete: false, work };
      const next = shape.next(node.shape, char);
      if (shape.dead(next)) continue;
      const states = others.map((machine, n) => {
        const state = node.states[n] ?? 0;
        return machine.dead(state) ? state : machine.next(state, char);
      });
      visit({ shape: next, states, from: node, char });
    }
  }
  return { texts, complete: true, work };
}

/** A text of the form that matches all of `inside` and none of `outside`; undefined where there is none. */
export function findText(
  form: TextPattern,
  inside: readonly TextPattern[],
  outside: readonly TextPattern[] = [],
): string | undefined {
  const wanted = '1'.repeat(inside.length) + '0'.repeat(outside.length);
  return classifyTexts(form, [...inside, ...outside]).texts.get(wanted);
}

import { init } from 'z3-solver';

/** What of the solver is called; it says so in no type of its own. */
interface Emscripten {
  ccall(name: string, returns: 'string', types: readonly string[], values: readonly unknown[]): string;
}

/** A list or a word of SMT-LIB. */
export type Expression = string | readonly Expression[];

/** Steps after which Z3 answers `unknown`: about a second. */
const limit = 4_000_000;

/** Z3 in this process. Its memory is not given back: a process is good for some hundred scripts. */
export class Z3 {
  readonly #run: (script: string) => string;

  private constructor(run: (script: string) => string) {
    this.#run = run;
  }

  static async start(): Promise<Z3> {
    const { Z3: api, em } = await init();
    const context = api.mk_context(api.mk_config());
    const emscripten: Emscripten = em;
    return new Z3((script) =>
      emscripten.ccall('Z3_eval_smtlib2_string', 'string', ['number', 'string'], [context, script]),
    );
  }

  /**
   * Checks declarations and assertions, and where they can hold together tells the values of the terms, in order.
   *
   * @throws {Error} where Z3 does not take the script
   */
  check(script: string, terms: readonly string[]): readonly Expression[] | 'unsat' | 'unknown' {
    const [answer = ''] = expressionsOf(
      this.#run(`(reset)(set-option :rlimit ${limit})${script}(check-sat)`),
    );
    if (answer === 'unsat' || answer === 'unknown') return answer;
    if (answer !== 'sat') throw new Error(`Z3 answers ${JSON.stringify(answer)} to ${script}`);
    if (terms.length === 0) return [];
    const [values = []] = expressionsOf(this.#run(`(get-value (${terms.join(' ')}))`));
    if (typeof values === 'string') throw new Error(`Z3 gives no values but ${values}`);
    return values.map((pair) => (typeof pair === 'string' ? pair : (pair[1] ?? '')));
  }
}

/** Reads lists, words and texts; a text is a word that begins with a quotation mark. */
function expressionsOf(text: string): Expression[] {
  const stack: Expression[][] = [[]];
  for (const [token] of text.matchAll(/"(?:[^"]|"")*"|[()]|[^\s()"]+/g)) {
    if (token === '(') stack.push([]);
    else if (token === ')') {
      const list = stack.pop() ?? [];
      stack.at(-1)?.push(list);
    } else stack.at(-1)?.push(token);
  }
  return stack[0] ?? [];
}

/** A text as a term. */
export function quoted(text: string): string {
  const letters = text.split('').map((letter) => {
    if (letter === '"') return '""';
    return /[ -[\]-~]/.test(letter) ? letter : `\\u{${letter.charCodeAt(0).toString(16)}}`;
  });
  return `"${letters.join('')}"`;
}

/** The text of a term that `quoted` or Z3 wrote. */
export function unquoted(term: Expression): string {
  if (typeof term !== 'string' || !term.startsWith('"'))
    throw new Error(`not a text: ${JSON.stringify(term)}`);
  return term
    .slice(1, -1)
    .replaceAll('""', '"')
    .replace(/\\u\{([0-9a-fA-F]+)\}/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
}

/** The whole number of a term: `5`, `(- 5)`, `#x0f`, `#b01`. */
export function integerOf(term: Expression): bigint {
  if (typeof term !== 'string') return -integerOf(term[1] ?? '0');
  return BigInt(term.replace(/^#/, '0'));
}

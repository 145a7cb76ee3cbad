import type { CompiledStatement, RequestContext } from '@permission-check/iam-policy';

type CompiledTest = CompiledStatement['tests'][number];

const principalElementKeys = ['aws:PrincipalArn', 'aws:PrincipalAccount', 'aws:userid'];

/** By what statements tell those who ask apart. */
export class ToldApart {
  /** Keys, in lower case, whose values themselves make a difference. */
  readonly #values: ReadonlySet<string>;
  /** Of other keys it makes a difference only whether these hold; by their text. */
  readonly #tests: ReadonlyMap<string, CompiledTest>;

  constructor(statements: readonly CompiledStatement[]) {
    this.#values = new Set(statements.flatMap(valuesReadBy).map((key) => key.toLowerCase()));
    const tests = statements.flatMap((one) => one.tests);
    this.#tests = new Map(
      tests
        .filter(({ test }) => !this.#values.has(test.key.toLowerCase()))
        .map((one) => [JSON.stringify(one.test), one]),
    );
  }

  /**
   * The same text for those whom the statements do not tell apart.
   *
   * @param facts what is known of whoever asks, as context keys
   */
  factsOf(facts: RequestContext): string {
    const values = Object.entries(facts).filter(([key]) => this.#values.has(key.toLowerCase()));
    const held = [...this.#tests].flatMap(([text, one]) => (one.matches(facts) ? [text] : []));
    return JSON.stringify([values, held]);
  }
}

/** The context keys whose values a statement reads, other than by asking whether a test holds. */
function valuesReadBy({ tests, resources, statement }: CompiledStatement): readonly string[] {
  // What is a variable in one version of the language is plain text in the other.
  const varying = tests.filter(({ test }) => test.values.some((value) => value.includes('${')));
  return [
    ...varying.flatMap(({ test, variables }) => [test.key, ...variables]),
    ...resources.flatMap(({ variables }) => variables),
    ...(namesSomebody(statement) ? principalElementKeys : []),
  ];
}

/** Whether a Principal element asks who it is. */
function namesSomebody({ principals, notPrincipal }: CompiledStatement['statement']): boolean {
  if (principals === undefined) return false;
  return (
    notPrincipal === true || Object.values(principals).some((values) => values.some((one) => one !== '*'))
  );
}

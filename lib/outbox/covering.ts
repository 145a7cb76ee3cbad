import { createHash } from 'node:crypto';
import type { Expectation, Expectations } from '#lib/expectation/types.ts';
import type { Covering } from './types.ts';

/** What is remembered of the rule that covers a principal: enough to say whether another one does by the next look. */
export function coveringOf(expectation: Expectation, { content }: Pick<Expectations, 'content'>): Covering {
  const { label, rule, builtIn } = expectation;
  const statements = statementsOf(expectation);
  return {
    label,
    ...(rule === undefined ? {} : { rule: `${rule.file}:${rule.line}` }),
    ...(statements === undefined ? {} : { statements }),
    file: hashOf(content),
    ...(builtIn === true ? { builtIn } : {}),
  };
}

/** Identifies the statements that a written rule expects; `undefined` where none does. */
function statementsOf(expectation: Expectation): string | undefined {
  if (expectation.kind !== 'sets' || expectation.builtIn) return undefined;
  const texts = expectation.policies.map(({ text }) => text).sort();
  return hashOf(JSON.stringify(texts));
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

const ajv = new Ajv({ allErrors: true });
const isAnswer = ajv.compile(JSON.parse(readFileSync('answers.schema.json', 'utf8')));

/** An answer's text as answers.schema.json describes it. */
export function readAnswer(text: string): Record<string, unknown> {
  const answer: unknown = JSON.parse(text);
  if (!isAnswer(answer)) throw new Error(ajv.errorsText(isAnswer.errors, { separator: '\n' }));
  return answer as Record<string, unknown>;
}

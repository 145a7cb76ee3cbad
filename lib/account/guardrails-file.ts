import { readFile } from 'node:fs/promises';
import type { PolicySource } from '@permission-check/iam-policy';
import { PolicyError, parsePolicy } from '@permission-check/iam-policy';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod/mini';
import { InputError } from '#lib/errors.ts';
import { misfit } from '#lib/schema-error.ts';
import type { Guardrails } from './types.ts';

const level = z
  .array(
    z.strictObject({
      name: z.string(),
      document: z.union(
        [z.string(), z.record(z.string(), z.unknown())],
        'expected a policy, or its JSON text',
      ),
    }),
  )
  // Organizations keeps at least one policy at every level: an empty one would deny everything.
  .check(z.minLength(1, 'a level has at least one policy (AWS puts FullAWSAccess there)'));

const schema = z.strictObject({
  scps: z.optional(z.array(level)),
  rcps: z.optional(z.array(level)),
});

/**
 * What an organization puts above an account, from a YAML or JSON file:
 *
 *     scps:                       # levels, the organization's root first, the account last
 *       - - name: FullAWSAccess
 *           document: { Version: 2012-10-17, Statement: [{ Effect: Allow, Action: "*", Resource: "*" }] }
 *       - - name: eu-only
 *           document: |           # JSON text is kept as it is
 *             { "Version": "2012-10-17", … }
 *     rcps: []
 *
 * @throws InputError with file and line.
 */
export async function guardrailsFromFile(path: string): Promise<Guardrails> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new InputError(
      `cannot read the guardrails file: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  const lines = new LineCounter();
  // In the failsafe schema every value is text, as it is to IAM: an account id keeps its zeros.
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'failsafe' });
  const problemAt = (offset: number, message: string) =>
    new InputError(`${path}:${lines.linePos(offset).line || 1}: ${message}`);
  const [malformed] = yaml.errors;
  if (malformed) throw problemAt(malformed.pos[0], malformed.message);

  const { success, data, error } = z.safeParse(schema, yaml.toJS());
  if (!success) {
    const { path: keys, text: words } = misfit(error);
    throw problemAt(offsetOf(yaml, keys), words);
  }
  const policies = (kind: 'scp' | 'rcp', levels: z.infer<typeof schema>['scps']) =>
    levels?.map((one, index) =>
      one.map(({ name, document }, position): PolicySource => {
        const source: PolicySource = {
          name,
          type: kind,
          text: typeof document === 'string' ? document : JSON.stringify(document, null, 4),
        };
        try {
          parsePolicy(source.text);
        } catch (error) {
          if (!(error instanceof PolicyError)) throw error;
          throw problemAt(offsetOf(yaml, [`${kind}s`, index, position]), `${name}: ${error.message}`);
        }
        return source;
      }),
    );
  const scps = policies('scp', data.scps);
  const rcps = policies('rcp', data.rcps);
  return { ...(scps ? { scps } : {}), ...(rcps ? { rcps } : {}) };
}

/** Where the value at these keys begins, or the nearest that has it in it. */
function offsetOf(yaml: Document, keys: readonly PropertyKey[]): number {
  for (let depth = keys.length; depth >= 0; depth--) {
    const node = yaml.getIn(keys.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedDocument } from '#lib/iac/bounds.ts';
import type { Planned, Value } from '#lib/iac/types.ts';
import { asPattern, hasUnknown, mayBe, unknown, unknownsIn } from '#lib/iac/unknown.ts';
import { exitCode } from '#lib/report/exit.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { reportOn } from './planned.ts';

const collection = (name: string) => `arn:aws:rekognition:us-east-1:123456789012:collection/${name}`;
const hole = unknown('x');
/** What the unknown may turn out to be. */
const value = fc.constantFrom(
  '*',
  'a',
  'shop-1',
  'rekognition:IndexFaces',
  collection('a'),
  'arn:aws:iam::1:role/r',
  '',
);

const texts = (...choices: readonly string[]) => fc.constantFrom(...choices, hole);
const actions = fc.array(
  texts('rekognition:ListFaces', 'rekognition:Delete*', `rekognition:${hole}`, 's3:*'),
  { minLength: 1, maxLength: 2 },
);
const resources = fc.array(
  texts('*', collection('a'), collection(hole), collection(`shop-${hole}`), `${hole}/*`),
  {
    minLength: 1,
    maxLength: 2,
  },
);
const statement = fc
  .record({
    Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
    action: fc.tuple(fc.constantFrom('Action', 'NotAction'), actions),
    resource: fc.tuple(fc.constantFrom('Resource', 'NotResource'), resources),
    condition: fc.option(
      fc.record({
        operator: fc.constantFrom('StringLike', 'StringNotLike', 'StringEqualsIfExists'),
        values: fc.array(texts('a', 'us-east-1'), { minLength: 1, maxLength: 2 }),
      }),
      { nil: undefined, freq: 3 },
    ),
  })
  .map(
    ({ Effect, action, resource, condition }): Value => ({
      Effect,
      [action[0]]: action[1],
      [resource[0]]: resource[1],
      ...(condition === undefined
        ? {}
        : { Condition: { [condition.operator]: { 'aws:RequestedRegion': condition.values } } }),
    }),
  );
const document = fc
  .array(statement, { minLength: 1, maxLength: 3 })
  .map((Statement): Value => ({ Version: '2012-10-17', Statement }));

function filled(template: Value, text: string): Value {
  if (typeof template === 'string') return template.replaceAll(hole, text);
  if (Array.isArray(template)) return template.map((item: Value) => filled(item, text));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([key, item]) => [key, filled(item, text)]));
}

const source = { address: 'aws_iam_role_policy.p' };
const of = { kind: 'role', name: 'r' } as const;
const planned = (policy: Value): Planned => ({
  format: 'Terraform plan',
  file: 'plan.json',
  partition: 'aws',
  accountId: '123456789012',
  removed: [],
  added: [
    { is: 'principal', ...of, alias: 'aws_iam_role.r', path: '/', tags: {}, isNew: true, source },
    { is: 'inline-policy', of, name: 'p', document: policy, source },
  ],
  unchanged: [],
  open: [],
  notes: [],
});

const tooMuch = ({ findings }: CheckReport) =>
  new Set(
    findings
      .filter(({ kind }) => kind === 'excess')
      .flatMap((one) => one.actions.map(({ action }) => action)),
  );
const told = ({ findings }: CheckReport) =>
  new Set(findings.flatMap((one) => one.actions.map(({ action }) => action)));

/** Whether IAM stores what the resources are: each is an ARN or a star, else it refuses the policy. */
function areResources(policy: Value): boolean {
  if (Array.isArray(policy)) return policy.every(areResources);
  if (typeof policy !== 'object' || policy === null) return true;
  return Object.entries(policy).every(([key, item]) =>
    /^(Not)?Resource$/.test(key)
      ? [item].flat().every((one) => one === '*' || String(one).startsWith('arn:'))
      : areResources(item),
  );
}

test('an unknown makes no verdict safer than any value of it, and nothing certain that some value does not', async () => {
  await fc.assert(
    fc.asyncProperty(document, value, async (policy, text) => {
      // A value that makes the policy malformed is no deployment.
      fc.pre(areResources(filled(policy, text)));
      const open = await reportOn(planned(policy));
      const settled = await reportOn(planned(filled(policy, text)));
      fc.pre(!settled.findings.some(({ kind }) => kind === 'inconclusive'));
      if (exitCode(settled) !== 0) expect(exitCode(open)).not.toBe(0);
      const known = told(open);
      for (const action of tooMuch(settled)) expect(known).toContain(action);
      const allowed = tooMuch(settled);
      for (const action of tooMuch(open)) expect(allowed).toContain(action);
    }),
    { numRuns: 80 },
  );
});

test('a document without unknown parts is itself, and one with them has none afterwards', () => {
  fc.assert(
    fc.property(document, fc.constantFrom('most', 'least'), (policy, bound) => {
      const settled = boundedDocument(policy, bound);
      if (settled !== undefined) expect(hasUnknown(settled)).toBe(false);
      if (unknownsIn(policy).length === 0) expect(settled).toBe(JSON.stringify(policy, null, 4));
    }),
  );
});

test('a text with unknown parts may be what fits around them', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), fc.string(), (parts, text) => {
      const open = parts.join(hole);
      expect(mayBe(open)(parts.join(text))).toBe(true);
      expect(hasUnknown(asPattern(open))).toBe(false);
    }),
  );
});

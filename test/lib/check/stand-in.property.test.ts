import type { PolicySource } from '@permission-check/iam-policy';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Account, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { StandIns } from '#lib/check/stand-in.ts';
import { builtInExpectations, parseExpectations } from '#lib/expectation/parse.ts';
import { numberOfCases } from '#test/support/run-size.ts';
import { principal } from '../expectation/fixtures.ts';

const now = () => new Date('2026-11-24T12:00:00Z');
const accountId = '123456789012';

const written = parseExpectations(
  `version: 1
sets:
  of-visitors:
    - Effect: Allow
      Action: rekognition:SearchFacesByImage
      Resource: arn:aws:rekognition:eu-west-1:${accountId}:collection/visitors
  of-all:
    - Effect: Allow
      Action: [rekognition:SearchFacesByImage, rekognition:DeleteFaces]
      Resource: "*"
principals:
  - match: role/app-1
    expect: [of-visitors]
  - match: role/app-2
    expect: [of-all]
default: none
`,
  'expectations.yaml',
  { now: now() },
).expectations;

if (written === undefined) throw new Error('the expectations cannot be read');

const name = fc.constantFrom(
  'visitors',
  'app-1',
  'app-10',
  'staff.2026_A',
  'permission-check-none',
  'zz.none_9',
);
/** Mostly of one name; of another, or of many, now and then. */
const resourceOf = (own: string) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...formsOf(own)) },
    {
      weight: 1,
      arbitrary: name.map((other) => `arn:aws:rekognition:eu-west-1:${accountId}:collection/${other}`),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '*',
        `arn:aws:rekognition:*:${accountId}:collection/*`,
        'arn:aws:s3:::photos/*',
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        `arn:aws:rekognition:*:${accountId}:collection/app-*`,
        'arn:aws:rekognition:*:*:*/app-1',
      ),
    },
  );
const formsOf = (own: string): readonly [string, ...string[]] => [
  `arn:aws:rekognition:eu-west-1:${accountId}:collection/${own}`,
  `arn:aws:rekognition:*:${accountId}:collection/${own}`,
  `arn:aws:rekognition:eu-west-1:${accountId}:project/${own}/version/v-1/1690000000000`,
];
const statementOf = (own: string) =>
  fc
    .record({
      Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
      Action: fc.subarray(
        [
          'rekognition:SearchFacesByImage',
          'rekognition:DeleteFaces',
          'rekognition:DetectFaces',
          'rekognition:*',
        ],
        { minLength: 1 },
      ),
      resources: fc.array(resourceOf(own), { minLength: 1, maxLength: 2 }),
      not: fc.boolean(),
      Condition: fc.option(fc.constant({ IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } }), {
        nil: undefined,
      }),
    })
    .map(({ resources, not, Condition, ...rest }) => ({
      ...rest,
      [not && rest.Effect === 'Deny' ? 'NotResource' : 'Resource']: resources,
      ...(Condition && { Condition }),
    }));
/** About another service, on what is the principal's own. */
const elsewhereOf = (own: string) => ({
  Effect: 'Allow',
  Action: ['s3:GetObject', 'sts:AssumeRole'],
  Resource: [`arn:aws:s3:::${own}/*`, `arn:aws:iam::${accountId}:role/${own}`],
  Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${own}` } },
});
const sourceOf = (called: string, own: string) =>
  fc
    .tuple(fc.array(statementOf(own), { minLength: 1, maxLength: 2 }), fc.boolean(), fc.boolean())
    .map(([statements, elsewhere, first]): PolicySource => {
      const others = elsewhere ? [elsewhereOf(own)] : [];
      const Statement = first ? [...others, ...statements] : [...statements, ...others];
      return {
        name: called,
        type: 'inline',
        text: JSON.stringify({ Version: '2012-10-17', Statement }, null, first ? 2 : 0),
      };
    });
const person = name.chain((own) =>
  fc
    .tuple(sourceOf('app', own), fc.option(sourceOf('bound', own), { nil: undefined, freq: 4 }))
    .map(([policy, boundary]) => ({ policies: [policy], ...(boundary && { boundary }) })),
);

/** Stands for nobody: a policy with such a name keeps a principal from having a stand-in. */
const marked: PolicySource = {
  name: 'zq-name-qz',
  type: 'inline',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}}',
};

const accountOf = (all: readonly Principal[]): Account => ({
  accountId,
  partition: 'aws',
  async *principals() {
    yield* all;
  },
});

it('finds by stand-ins what it finds of each principal by itself', { timeout: 120_000 }, async () => {
  let stoodIn = 0;
  const standIns = new StandIns();
  await fc.assert(
    fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 3 }), async (people) => {
      const all = people.map((one, index) => principal({ name: `app-${index}`, ...one }));
      const alone = all.map((one) => ({ ...one, policies: [...one.policies, marked] }));
      for (const expectations of [builtInExpectations({ now: now() }), written]) {
        const [together, apart] = await Promise.all(
          [all, alone].map((some) => checkAccount(accountOf(some), { expectations, now })),
        );
        expect(together?.findings).toEqual(apart?.findings);
        expect(together?.principals).toEqual(apart?.principals);
        stoodIn += all.filter((one) => standIns.of(one, expectations.expectationFor(one))).length;
      }
    }),
    { numRuns: numberOfCases(40), seed: 20261128 },
  );
  // Names are told apart by some policies and expectations, not by most.
  expect(stoodIn).toBeGreaterThan(numberOfCases(40) / 2);
});

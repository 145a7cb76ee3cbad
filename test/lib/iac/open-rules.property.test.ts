import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionsOf, expecting, reportOn } from './planned.ts';
import { allow, plan, policy, resource, role } from './terraform-plans.ts';

const values = ['vision', 'visitors', 'web', 'other'];
const matches = [
  'role/a',
  'role/b',
  '{ tag: { team: vision } }',
  '{ tag: { team: "vis*" } }',
  '{ tag: { team: [web, vision] } }',
  '{ tag: { team: "*" } }',
  '{ tag: { stage: prod } }',
  '{ tag: { team: web }, path: / }',
];
const demands = [
  'any',
  '[]',
  '[labels]',
  '[faces, labels]',
  '[tagged]',
  'any\n    until: 2020-01-01',
  '[faces]\n    until: 2020-01-01',
  '[labels]\n    guards: [{ mfa: true }]',
  '[labels]\n    guards: [own]',
];
const sets = `sets:
  labels: [{ Effect: Allow, Action: "rekognition:DetectLabels", Resource: "*" }]
  faces: [{ Effect: Allow, Action: "rekognition:SearchFaces", Resource: "arn:aws:rekognition:*:*:collection/a*" }]
  tagged: [{ Effect: Allow, Action: "rekognition:DetectLabels", Resource: "*", Condition: { StringEquals: { "aws:PrincipalTag/team": web } } }]
guards:
  own: { condition: { StringLike: { "aws:PrincipalTag/team": "vis*" } } }
`;
const documents = [
  policy(allow('rekognition:DetectLabels')),
  policy(allow('rekognition:SearchFaces'), allow('rekognition:DetectLabels')),
  policy(allow('rekognition:SearchFaces', 'arn:aws:rekognition:*:*:collection/a*')),
  policy({
    ...allow('rekognition:DetectLabels'),
    Condition: { StringEquals: { 'aws:PrincipalTag/team': 'web' } },
  }),
];

const cases = fc.record({
  rules: fc.array(fc.tuple(fc.constantFrom(...matches), fc.constantFrom(...demands)), { maxLength: 4 }),
  otherwise: fc.constantFrom('any', '[]', '[labels]'),
  document: fc.constantFrom(...documents),
});

test('whatever the value of a tag turns out to be, what was found is so, and nothing else is', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ rules, otherwise, document }) => {
      const written = rules.map(
        ([match, demand]) => `  - match: ${match}\n    guards: []\n    expect: ${demand}\n`,
      );
      const text = `${sets}principals:\n${written
        .map((one) =>
          one.includes('guards: [{') || one.includes('guards: [own')
            ? one.replace('    guards: []\n', '')
            : one,
        )
        .join('')}  - match: "*"\n    guards: []\n    expect: ${otherwise}\n`;
      const report = (after: object, unknown: object) => {
        const made = resource('aws_iam_role.a', {
          after: { ...role('a'), arn: undefined, ...after },
          after_unknown: { arn: true, ...unknown },
        });
        const own = resource('aws_iam_role_policy.p', { after: { name: 'p', policy: document, role: 'a' } });
        return reportOn(plan([made, own]), { expectations: expecting(text) });
      };
      const open = await report({}, { tags_all: { team: true } });
      const unsettled = actionsOf(open, 'role/a', 'inconclusive');
      for (const team of values) {
        const known = await report({ tags_all: { team } }, {});
        for (const kind of ['excess', 'unguarded', 'missing']) {
          const found = actionsOf(known, 'role/a', kind);
          for (const action of actionsOf(open, 'role/a', kind)) expect(found).toContain(action);
          const told = [...actionsOf(open, 'role/a', kind), ...unsettled];
          for (const action of found) expect(told).toContain(action);
        }
      }
    }),
    { numRuns: 60 },
  );
}, 60_000);

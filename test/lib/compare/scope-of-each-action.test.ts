import { describe, expect, test } from 'vitest';
import { actions } from '#lib/catalog/actions.ts';
import { createChecker } from '#lib/check/principal.ts';
import type { Finding } from '#lib/compare/types.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { resourceKind } from '#lib/words/scopes.ts';
import { accountId, allow, policy, role } from './fixtures.ts';

const { expectations: nothing } = parseExpectations('default: []\n', 'expectations.yaml');
const { expectations: everything } = parseExpectations(
  'sets:\n  all: [{ Effect: Allow, Action: "rekognition:*", Resource: "*" }]\ndefault: [all]\n',
  'expectations.yaml',
);

const findingsOf = async (expectations: typeof nothing, allowed: string[]) => {
  const check = createChecker({ accountId, partition: 'aws', expectations, today: '2026-11-24' });
  const policies = allowed.length === 0 ? [] : [policy('p', [allow(allowed)])];
  return (await check(role('r', policies))).findings;
};

test('beside an action without a resource type, resources are not said to be of a kind', async () => {
  const [both] = await findingsOf(nothing, ['rekognition:DetectFaces', 'rekognition:StartProjectVersion']);
  expect(both).toMatchObject({ scope: 'every resource', summary: expect.not.stringContaining('version on') });
  const [one] = await findingsOf(nothing, ['rekognition:StartProjectVersion']);
  expect(one).toMatchObject({ scope: 'every project version' });
});

test('advice about NotAction names all of Rekognition where nothing else is expected of the statement', async () => {
  const check = createChecker({ accountId, partition: 'aws', expectations: nothing, today: '2026-11-24' });
  const grants = policy('p', [{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }]);
  const findings = (await check(role('r', [grants]))).findings;
  expect(findings.flatMap(({ remedies }) => remedies)).toEqual([
    'Add rekognition:* to NotAction in statement 1 (line 4) of inline policy "p".',
  ]);
});

describe('a finding names resources only of kinds that its action has', () => {
  test.each(actions.map((one) => [one.name, one] as const))('%s', async (name, { action, ...entry }) => {
    const types = [...entry.resourceTypes.map((type) => type.name), ...entry.alsoJudgedOn];
    const every = [
      ...types.map((type) => `every ${type.replace(/(project)(version)|(stream)(processor)/, '$1$3 $2$4')}`),
      ...(types.length > 0 ? ['every resource'] : []),
    ];
    const excess = (await findingsOf(nothing, [action])).filter(({ kind }) => kind === 'excess');
    const others = actions.map((one) => one.action).filter((one) => one !== action);
    const missing = (await findingsOf(everything, others)).filter(({ kind }) => kind === 'missing');
    for (const findings of [excess, missing]) {
      expect(findings.flatMap((one) => one.actions.map((shown) => shown.action))).toEqual([action]);
      for (const finding of findings) expectScopeAmong(every, finding, name);
    }
  });

  function expectScopeAmong(every: readonly string[], { scope, actions }: Finding, name: string): void {
    if (scope !== undefined) expect(every, name).toContain(scope);
    const kind = resourceKind(actions[0]?.witness?.resource ?? '*');
    if (every.length === 0) expect(kind).toBeUndefined();
    else expect(every).toContain(kind === undefined ? 'every resource' : `every ${kind}`);
  }
});

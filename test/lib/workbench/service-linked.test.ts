import { expect, test } from 'vitest';
import { findAction } from '#lib/catalog/actions.ts';
import { createChecker } from '#lib/check/principal.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { renderExplanation } from '#lib/report/explain.ts';
import { explain } from '#lib/workbench/explain.ts';
import { accountId, allow, policy, role } from '#test/lib/compare/fixtures.ts';

const { expectations } = parseExpectations('default: []\n', 'expectations.yaml');
const linked = role('AWSServiceRoleForX', [policy('p', [allow('rekognition:*')])], { serviceLinked: true });
const denyAll = {
  name: 'deny all',
  type: 'scp' as const,
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}',
};
const options = { accountId, partition: 'aws', expectations, guardrails: { scps: [[denyAll]] } };

test('check and explain say the same of a service-linked role: nobody judges it', async () => {
  const checked = await createChecker({ ...options, today: '2026-11-24' })(linked);
  expect(checked.findings).toEqual([]);
  const note = checked.result.note ?? '';
  expect(note).toContain('service-linked role');
  const action = findAction('DeleteFaces');
  if (action === undefined) throw new Error('DeleteFaces is gone');
  const explained = await explain({ principal: linked, action }, options);
  expect(explained).not.toEqual([]);
  for (const one of explained) {
    expect(one.expected).toEqual({ label: `not judged, a ${note}`, narrower: [], unmet: [] });
    expect(renderExplanation(one)).not.toMatch(/NOT EXPECTED|EXPECTED to be|as expected/);
  }
});

test('what an organization denies does not bind a service-linked role', async () => {
  const action = findAction('DeleteFaces');
  if (action === undefined) throw new Error('DeleteFaces is gone');
  const decisions = async (principal: typeof linked) =>
    (await explain({ principal, action }, options)).map(({ verdict }) => verdict?.decision);
  expect(new Set(await decisions(linked))).toEqual(new Set(['allowed']));
  expect(new Set(await decisions({ ...linked, serviceLinked: false }))).toEqual(new Set(['explicitDeny']));
});

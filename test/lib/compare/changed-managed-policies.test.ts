import { describe, expect, test } from 'vitest';
import { actions } from '#lib/catalog/actions.ts';
import { changedManagedPolicies, compareManagedPolicies } from '#lib/compare/changed-managed-policies.ts';
import { expiredSuppressions } from '#lib/compare/expired-suppressions.ts';
import { accountId, allow, managed, policy, role } from './fixtures.ts';

const version = (versionId: string) => ({
  versionId,
  text: managed('AmazonRekognitionReadOnlyAccess', versionId).text,
});
const state = (current: { versionId: string; text: string }) => ({
  name: 'AmazonRekognitionReadOnlyAccess',
  arn: 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess',
  current,
  known: [version('v9'), version('v10')],
});
const compare = (current: { versionId: string; text: string }) =>
  compareManagedPolicies([state(current)], accountId, actions);

describe('a managed policy of AWS', () => {
  test('as it is known is no finding, whatever the layout and order of its text', () => {
    expect(compare(version('v10'))).toEqual([]);
    const { Version, Statement } = JSON.parse(version('v10').text);
    const other = Statement.map((one: object) => Object.fromEntries(Object.entries(one).reverse()));
    expect(compare({ versionId: 'v10', text: JSON.stringify({ Statement: other, Version }) })).toEqual([]);
  });

  test('that was widened says what was added, as severe as that', () => {
    const text = policy('x', [
      ...JSON.parse(version('v10').text).Statement,
      allow('rekognition:DeleteFaces'),
    ]).text;
    const [finding] = compare({ versionId: 'v11', text });
    expect(finding).toMatchObject({
      kind: 'managed-policy-changed',
      severity: 'critical',
      subject: 'AmazonRekognitionReadOnlyAccess',
    });
    expect(finding?.summary).toBe(
      'Its default version is v11 now; expectations mean v10: it adds 1 action: DeleteFaces.',
    );
    expect(finding?.actions.map(({ action }) => action)).toEqual(['rekognition:DeleteFaces']);
  });

  test('that was set back says what is gone', () => {
    const [finding] = compare(version('v9'));
    expect(finding?.severity).toBe('medium');
    expect(finding?.summary).toBe(
      'Its default version is v9, older than v10, which expectations mean: it removes 2 actions: GetMediaAnalysisJob and ListMediaAnalysisJobs.',
    );
  });

  test('with another text under the same version', () => {
    const text = JSON.stringify({ ...JSON.parse(version('v10').text), Id: 'other' });
    const [finding] = compare({ versionId: 'v10', text });
    expect(finding?.severity).toBe('low');
    expect(finding?.summary).toContain('The text of v10 is not the one that expectations mean');
  });

  test('that cannot be read is not taken for unchanged', () => {
    const [finding] = compare({ versionId: 'v11', text: '{"Version": "2012-10-17"' });
    expect(finding?.summary).toMatch(/v11 now.*could not be read: .*line 1/);
  });

  test('is one finding however many have it, and only if the catalogue knows it', () => {
    const text = policy('x', [allow('rekognition:*')]).text;
    const changed = { ...managed('AmazonRekognitionReadOnlyAccess'), versionId: 'v11', text };
    const own = {
      ...changed,
      type: 'customer-managed' as const,
      arn: `arn:aws:iam::${accountId}:policy/AmazonRekognitionReadOnlyAccess`,
    };
    const seen = changedManagedPolicies(accountId);
    seen.see(role('a', [changed]));
    seen.see(role('b', [changed, managed('AmazonRekognitionFullAccess'), own]));
    expect(seen.findings()).toHaveLength(1);
    expect(seen.findings()[0]?.actions).toHaveLength(41);
  });
});

test('a suppression that ran out is a finding with its place', () => {
  const suppression = {
    principal: 'role/legacy-*',
    actions: ['rekognition:Delete*'],
    reason: 'migration',
    owner: 'vision',
    until: '2026-10-31',
    location: { file: 'expectations.yaml', line: 30 },
  };
  const [finding] = expiredSuppressions(
    { expiredSuppressions: () => [suppression] },
    accountId,
    '2026-11-24',
  );
  expect(finding).toMatchObject({
    kind: 'suppression-expired',
    subject: 'role/legacy-*',
    expectedBy: suppression.location,
  });
  expect(finding?.summary).toBe(
    'The suppression of Delete* for role/legacy-* ran out on 2026-10-31; its owner is vision, its reason was: migration.',
  );
});

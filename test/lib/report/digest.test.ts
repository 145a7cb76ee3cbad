import { describe, expect, it } from 'vitest';
import type { Change } from '#lib/change/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { PrincipalAlerts } from '#lib/report/alert.ts';
import { digest } from '#lib/report/digest.ts';
import { accountId } from '#test/lib/compare/fixtures.ts';
import { attach } from './fixtures.ts';

const context = {
  accountId,
  region: 'us-east-1',
  at: '2026-11-24T12:04:10.000Z',
  purpose: 'change',
} as const;

const finding = (subject: string, more: Partial<Finding>): Finding => ({
  id: subject,
  kind: 'access-lost',
  severity: 'low',
  subject,
  actions: [{ action: 'rekognition:DeleteFaces', severity: 'low', evidence: [] }],
  by: [],
  summary: 'DeleteFaces was possible; now no policy allows it.',
  remedies: [],
  ...more,
});
const told = (one: Finding, changes: readonly Change[] = []): PrincipalAlerts => ({
  subject: one.subject,
  arn: `arn:aws:iam::${accountId}:${one.subject}`,
  alerts: [{ kind: 'new', finding: one, firstSeen: context.at }],
  changes,
});
const flat = (text: string) => text.replaceAll(/\s+/g, ' ');

describe('what many share', () => {
  it('is told once, also where a sentence ends with the name of each', () => {
    const lost = ['role/app', 'role/app.1', 'role/app-2'].map((subject) =>
      told(
        finding(subject, {
          remedies: [`Take what it has from ${subject}, and allow it in a policy of ${subject}.`],
        }),
      ),
    );
    expect(digest(lost, context).subject).toBe('[LOW] Rekognition: 3 roles can no longer delete faces');
  });
});

describe('what was done', () => {
  const hidden = (name: string, at: number): Change => ({
    ...attach,
    eventId: `event-${at}`,
    eventName: 'PutRolePolicy',
    what: 'did PutRolePolicy, on whom the event does not say',
    actor: { name },
  });

  it('by many is said once in short, and names each of them though it tells no more than twenty changes', () => {
    const changes = [...Array(30).keys()].map((index) => hidden(`actor-${index}`, index));
    const unknown = ['account', 'role/app'].map((subject) =>
      told(finding(subject, { kind: 'inconclusive', actions: [], summary: subject }), changes),
    );
    const { text } = digest(unknown, context);
    expect(flat(text)).toContain('did PutRolePolicy, on whom the event does not say (30 actors) 1.');
    for (const { actor } of changes) expect(text).toMatch(new RegExp(`\\b${actor.name}\\b`));
    expect(flat(text)).toContain('1 role and the account: 2 new findings.');
  });
});

import type { Severity } from '#lib/catalog/types.ts';
import type { Change } from '#lib/change/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Reading } from '#lib/outbox/types.ts';

export const finding = (
  id: string,
  actions: string[],
  severity: Severity = 'high',
  more: Partial<Finding> = {},
): Finding => ({
  id,
  kind: 'excess',
  severity,
  subject: 'role/analyst',
  actions: actions.map((name) => ({ action: `rekognition:${name}`, severity, evidence: [] })),
  scope: 'everything',
  by: [],
  summary: `finding ${id}`,
  remedies: [],
  ...more,
});

export const change = (eventId: string, time = '2026-11-24T12:00:00Z'): Change => ({
  eventId,
  eventName: 'AttachRolePolicy',
  time,
  region: 'us-east-1',
  accountId: '123456789012',
  actor: { name: 'alice' },
  sourceIp: '192.0.2.10',
  what: 'attached AmazonRekognitionFullAccess to role/analyst',
});

export const reading = (readAt: string, findings: Finding[], more: Partial<Reading> = {}): Reading => ({
  subject: 'role/analyst',
  arn: 'arn:aws:iam::123456789012:role/analyst',
  readAt,
  status: findings.length === 0 ? 'as-expected' : 'findings',
  fingerprint: 'f',
  findings,
  changes: [],
  ...more,
});

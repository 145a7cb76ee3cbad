import { existsSync, readFileSync } from 'node:fs';
import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { Alert, PrincipalAlerts } from '#lib/report/alert.ts';
import { announcementsOf } from '#lib/report/channels/announcement.ts';
import { chatNotifications } from '#lib/report/channels/chat.ts';
import { hubFinding, isMended } from '#lib/report/channels/security-hub.ts';
import { channelMessages, parseChannelMessage } from '#lib/respond/channels/messages.ts';
import { wholeReport } from '#test/lib/report/fixtures.ts';
import { announcementJsonSchema } from '../../../../scripts/generate-schemas.ts';

const context = {
  accountId: '123456789012',
  region: 'us-east-1',
  at: '2026-11-24T12:05:00.000Z',
  purpose: 'change',
} as const;
const change = {
  eventId: '82c93773-2f4c-4a52-b9a5-5f3a5e2c1d0e',
  eventName: 'AttachRolePolicy',
  time: '2026-11-24T12:03:29Z',
  region: 'us-east-1',
  accountId: '123456789012',
  actor: { name: 'alice@example.com', through: 'break-glass' },
  sourceIp: '192.0.2.10',
  what: 'attached AmazonRekognitionFullAccess to role/analyst',
};
const states: readonly Alert['kind'][] = ['new', 'worse', 'reminder', 'resolved'];
/** Every kind of finding, in every state. */
const told: readonly PrincipalAlerts[] = wholeReport.findings.map((finding, at) => ({
  subject: finding.subject,
  arn: finding.principalArn ?? '',
  alerts: [{ kind: states[at % 4] ?? 'new', finding, firstSeen: '2026-11-20T12:00:00.000Z' }],
  changes: [change],
}));
const attack = '<!channel> [click](http://evil.example) *b* `x` &lt; <http://evil.example|here> \u202e\n=1+1';
/** The same by principals and people who chose their names with care. */
const hostile: readonly PrincipalAlerts[] = told.map((one) => ({
  ...one,
  changes: [{ ...change, what: attack, actor: { name: attack } }],
  alerts: one.alerts.map((alert) => ({
    ...alert,
    finding: {
      ...alert.finding,
      subject: `role/${attack}`,
      summary: attack.repeat(100),
      when: attack,
      reachedBy: attack,
      remedies: Array.from({ length: 30 }, () => attack.repeat(20)),
    },
  })),
}));

const schemas = '../shared/facts/schemas';
const chatSchema = `${schemas}/chat-notification-1.0.json`;

describe('notifications for a chat', () => {
  test.skipIf(!existsSync(chatSchema))('have the form that is not dropped, within its limits', () => {
    const isNotification = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(chatSchema, 'utf8')));
    for (const some of [told, hostile, told.slice(0, 1)]) {
      const notifications = chatNotifications(some, context);
      expect(notifications.length).toBeGreaterThan(0);
      for (const one of notifications) {
        isNotification(one);
        expect(isNotification.errors).toBeNull();
      }
    }
  });

  test('give what others wrote no link, no mention and no format', () => {
    for (const { content } of chatNotifications(hostile, context)) {
      for (const text of [content.title, content.description, ...(content.nextSteps ?? [])]) {
        // Our own links to CloudTrail have no such signs around them.
        expect(text).not.toMatch(/[<>\u202e]|http:\/\//);
        expect(text.split('`').length % 2).toBe(1);
        const outside = text.replaceAll(/`[^`]*`/g, '');
        expect(outside).not.toMatch(/\*|~|\[click/);
      }
    }
  });

  test('are ten at most, the worst first; the last says how many more there are', () => {
    const [one] = told;
    if (one === undefined) throw new Error('nothing to tell');
    const many = Array.from(
      { length: 30 },
      (_, at): PrincipalAlerts => ({
        ...one,
        alerts: one.alerts.map((alert) => ({
          ...alert,
          finding: { ...alert.finding, scope: `collection/${at}` },
        })),
      }),
    );
    const notifications = chatNotifications(many, context);
    expect(notifications).toHaveLength(10);
    expect(notifications.at(-1)?.content.title).toBe('and 21 other findings: the e-mail has them all');
  });
});

describe('announcements', () => {
  test('are as their schema says, which is that of the repository', () => {
    const schema = JSON.parse(readFileSync('announcement.schema.json', 'utf8'));
    expect(announcementJsonSchema()).toEqual(schema);
    const isAnnouncement = new Ajv({ validateFormats: false }).compile(schema);
    for (const one of [...announcementsOf(told, context), ...announcementsOf(hostile, context)]) {
      isAnnouncement(one);
      expect(isAnnouncement.errors).toBeNull();
      expect(Buffer.byteLength(JSON.stringify(one))).toBeLessThan(100_000);
    }
  });

  test('have the same id when they are sent again, and another for another state', () => {
    const ids = (some: readonly PrincipalAlerts[]) => announcementsOf(some, context).map(({ id }) => id);
    expect(ids(told)).toEqual(ids(told));
    const later = told.map((one) => ({
      ...one,
      alerts: one.alerts.map((alert): Alert => ({ ...alert, kind: alert.kind === 'new' ? 'worse' : 'new' })),
    }));
    expect(new Set([...ids(told), ...ids(later)]).size).toBe(2 * told.length);
  });

  test('fill messages as large as a call of their channel takes', () => {
    const many = Array.from({ length: 21 }, () => told).flat();
    const messages = channelMessages(['events', 'security-hub'], many, context);
    for (const message of messages) {
      expect(parseChannelMessage(JSON.stringify(message))).toEqual(message);
      if (message.channel === 'chat') continue;
      const { channel, announcements } = message;
      expect(announcements.length).toBeLessThanOrEqual(channel === 'events' ? 10 : 100);
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(262_144);
    }
    const sent = messages.flatMap((one) => (one.channel === 'security-hub' ? one.announcements : []));
    expect(sent).toEqual(announcementsOf(many, context));
    expect(channelMessages([], told, context)).toEqual([]);
    expect(() => parseChannelMessage('{"channel":"fax"}')).toThrow(/is not understood/);
  });
});

describe('findings of Security Hub', () => {
  const place = { partition: 'aws', region: 'eu-west-1' };
  test('keep to the lengths, also where names are long', () => {
    for (const one of [...announcementsOf(told, context), ...announcementsOf(hostile, context)]) {
      const finding: AwsSecurityFinding = hubFinding(one, place);
      expect(finding.Title?.length).toBeLessThanOrEqual(256);
      expect(finding.Description?.length).toBeLessThanOrEqual(1024);
      expect(finding.Remediation?.Recommendation?.Text?.length).toBeLessThanOrEqual(512);
      expect(finding.ProductArn).toBe(
        'arn:aws:securityhub:eu-west-1:123456789012:product/123456789012/default',
      );
      expect(finding.Resources?.[0]?.Id?.length).toBeLessThanOrEqual(512);
    }
  });

  test('say that it is mended only where it is known to be', () => {
    const [one] = told;
    const [alert] = one?.alerts ?? [];
    if (one === undefined || alert === undefined) throw new Error('nothing to tell');
    const fate = (more: Partial<Alert>) => {
      const [announcement] = announcementsOf([{ ...one, alerts: [{ ...alert, ...more }] }], context);
      if (announcement === undefined) throw new Error('no announcement');
      const { Compliance, RecordState } = hubFinding(announcement, place);
      return [RecordState, Compliance.Status, isMended(announcement)];
    };
    expect(fate({ kind: 'new' })[0]).toBe('ACTIVE');
    expect(fate({ kind: 'resolved' })).toEqual(['ARCHIVED', 'PASSED', true]);
    expect(fate({ kind: 'resolved', deleted: true })).toEqual(['ARCHIVED', 'PASSED', true]);
    expect(fate({ kind: 'resolved', notJudged: true })).toEqual(['ARCHIVED', 'NOT_AVAILABLE', false]);
    expect(fate({ kind: 'resolved', covered: 'is covered' })).toEqual(['ARCHIVED', 'WARNING', false]);
  });
});

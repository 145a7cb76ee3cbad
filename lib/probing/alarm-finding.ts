import { findingId } from '#lib/compare/finding-id.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { ProbeAlarm } from './principal.ts';

/** The critical finding for calls that were meant to fail and did not. */
export function alarmFinding(accountId: string, alarm: ProbeAlarm): Finding {
  const { principalArn, calls, evidence, region } = alarm;
  const requests = calls.map(({ requestId }) => requestId ?? '').sort();
  const subject = `role/${principalArn.slice(principalArn.lastIndexOf('/') + 1)}`;
  const named = calls.flatMap(({ requestId }) => requestId ?? []);
  return {
    id: findingId(accountId, principalArn, 'probe-alarm', requests),
    kind: 'probe-alarm',
    severity: 'critical',
    subject,
    principalArn,
    actions: calls.map(({ action, resources }) => {
      const live = evidence.get(action);
      return {
        action,
        severity: 'critical',
        witness: { action, resource: resources[0] ?? '*', context: {} },
        evidence: live === undefined ? [] : [live],
      };
    }),
    by: [],
    summary: alarm.message,
    remedies: [
      ...named.map(
        (requestId) =>
          `Find request ${requestId} in CloudTrail (${region}, event source rekognition.amazonaws.com) and undo what it did.`,
      ),
      'Nothing is probed any more. When it is undone, and it is known why: invoke the probe function with {"resume": true}.',
    ],
  };
}

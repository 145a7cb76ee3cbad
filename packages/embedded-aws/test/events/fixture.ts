/** A bus of events over nothing else, and what came of it. */
import { beforeEach } from 'vitest';
import { z } from 'zod';
import { emptyState } from '../../src/account/state.ts';
import { Activity } from '../../src/activity.ts';
import type { EventBus } from '../../src/events/bus.ts';
import { EventBuses } from '../../src/events/buses.ts';
import { EventsService } from '../../src/events/service.ts';
import { AwsError } from '../../src/types.ts';
import { World } from '../../src/world.ts';
import { call } from '../request.ts';

export const queueArn = 'arn:aws:sqs:us-east-1:123456789012:inbox';
export const deadArn = 'arn:aws:sqs:us-east-1:123456789012:dead';
export const forwarder = 'arn:aws:iam::123456789012:role/forwarder';
export let authorized: string[];
export let delivered: { arn: string; ruleArn: string; body: string }[];
export let refusing: Set<string>;
export let problems: string[];
export let activity: Activity;
export let bus: EventBus;
export let service: EventsService;

/** Makes all of it anew before each test of a file. */
export function useFreshBus(): void {
  beforeEach(() => {
    delivered = [];
    authorized = [];
    refusing = new Set();
    problems = [];
    activity = new Activity();
    const deliver = (arn: string, ruleArn: string, body: string) => {
      if (refusing.has(arn)) throw new AwsError('AccessDenied', `no way to ${arn}`);
      delivered.push({ arn, ruleArn, body });
    };
    const buses = new EventBuses({
      world: new World({ accountId: '123456789012', region: 'us-east-1', state: emptyState }),
      activity,
      targets: { sqs: { deliver } },
      problem: (message) => problems.push(message),
      authorize: (roleArn, ruleArn, busArn) => {
        if (roleArn !== forwarder) throw new AwsError('AccessDenied', `${roleArn} may not put events`);
        authorized.push(`${ruleArn} ${busArn}`);
      },
    });
    bus = buses.in('us-east-1');
    service = new EventsService(buses);
  });
}

export const operate = async (operation: string, json: unknown) =>
  (await call(service, { operation, json })).json;
export const rule = (settings: object = {}) =>
  operate('PutRule', { Name: 'notes', EventPattern: '{"source":["team"]}', ...settings });
export const target = (settings: object = {}) =>
  operate('PutTargets', { Rule: 'notes', Targets: [{ Id: '1', Arn: queueArn, ...settings }] });
export const put = (...Entries: object[]) => operate('PutEvents', { Entries });
export const note = { Source: 'team', DetailType: 'note', Detail: '{"text":"hello"}', Time: 1_700_000_000 };

export const listed = z.object({
  Rules: z.array(z.object({ Name: z.string() })).optional(),
  NextToken: z.string().optional(),
});

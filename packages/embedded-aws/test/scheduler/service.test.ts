import type { ResolvedSchedule } from '@permission-check/cloudformation';
import { beforeEach, expect, it } from 'vitest';
import { emptyState } from '../../src/account/state.ts';
import { Scheduler } from '../../src/scheduler/service.ts';
import { Timers } from '../../src/timers.ts';
import { World } from '../../src/world.ts';

const schedule: ResolvedSchedule = {
  logicalId: 'Daily',
  name: 'stack-Daily-1',
  arn: 'arn:aws:scheduler:us-east-1:123456789012:schedule/default/stack-Daily-1',
  expression: 'rate(1 day)',
  enabled: true,
  targetArn: 'arn:aws:lambda:us-east-1:123456789012:function:sweep',
  roleArn: 'arn:aws:iam::123456789012:role/daily',
};
let invoked: { roleArn: string; functionArn: string; input: string; source: string }[];
let scheduler: Scheduler;

beforeEach(() => {
  invoked = [];
  const clock = () => new Date('2026-11-20T10:15:29.500Z');
  scheduler = new Scheduler({
    world: new World({ accountId: '123456789012', region: 'us-east-1', state: emptyState, clock }),
    timers: new Timers(),
    // A day lasts 86 milliseconds.
    pace: 1e-6,
    invoke: (roleArn, functionArn, input, source) => invoked.push({ roleArn, functionArn, input, source }),
  });
});

it('runs a schedule by hand, as its role, with the default notification', () => {
  scheduler.add(schedule);
  scheduler.tick('Daily');
  scheduler.tick(schedule.name);
  expect(invoked).toHaveLength(2);
  expect(invoked[0]).toMatchObject({
    roleArn: schedule.roleArn,
    functionArn: schedule.targetArn,
    source: 'Daily',
  });
  expect(JSON.parse(invoked[0]?.input ?? '')).toMatchObject({
    source: 'aws.scheduler',
    'detail-type': 'Scheduled Event',
    time: '2026-11-20T10:15:29Z',
    resources: [schedule.arn],
  });
});

it('fills in what an input asks of the schedule', () => {
  scheduler.add({
    ...schedule,
    input: '{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>","x":"<aws.other>"}',
  });
  scheduler.tick('Daily');
  expect(JSON.parse(invoked[0]?.input ?? '')).toEqual({
    at: '2026-11-20T10:15:29Z',
    by: schedule.arn,
    x: '<aws.other>',
  });
});

it('runs rates by themselves until stopped, and nothing else', async () => {
  scheduler.add(schedule);
  scheduler.add({ ...schedule, logicalId: 'Cron', expression: 'cron(0 5 * * ? *)' });
  scheduler.add({ ...schedule, logicalId: 'Off', enabled: false });
  scheduler.start((error) => expect.fail(String(error)));
  await expect.poll(() => invoked.length).toBeGreaterThan(1);
  scheduler.stop();
  expect(new Set(invoked.map((one) => one.source))).toEqual(new Set(['Daily']));
});

it('refuses what there is not, and what is disabled', () => {
  scheduler.add({ ...schedule, enabled: false });
  expect(() => scheduler.tick('Weekly')).toThrow('there is no schedule Weekly; there are Daily');
  expect(() => scheduler.tick('Daily')).toThrow('is disabled');
});

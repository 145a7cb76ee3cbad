import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type BundleInputs, bundleInputs, root } from '#test/support/handler-bundles.ts';
import { everything } from '#test/support/template.ts';

const dimensions = z.array(z.strictObject({ Name: z.string(), Value: z.string() }));
const metric = z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions });
const alarmSchema = z.object({
  AlarmDescription: z.string().check(z.minLength(10)),
  AlarmActions: z.array(z.string()),
  OKActions: z.array(z.string()),
  TreatMissingData: z.enum(['breaching', 'notBreaching']),
  ComparisonOperator: z.enum(['GreaterThanThreshold', 'LessThanThreshold']),
  Threshold: z.number(),
  Period: z.number().optional(),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number().optional(),
  Metrics: z
    .array(
      z.object({
        Id: z.string(),
        Expression: z.string().optional(),
        MetricStat: z.object({ Metric: metric }).optional(),
      }),
    )
    .optional(),
  ...metric.partial().shape,
});
const alarms = [...everything.resources.values()]
  .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
  .map(({ logicalId, properties }) => {
    const alarm = alarmSchema.parse(properties);
    const own = metric.safeParse(alarm);
    const others = (alarm.Metrics ?? []).flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
    return { logicalId, ...alarm, metrics: own.success ? [own.data] : others };
  });
/** `AWS/SQS ApproximateAgeOfOldestMessage QueueName=check-queue` */
const text = ({ Namespace, MetricName, Dimensions }: z.infer<typeof metric>) =>
  `${Namespace} ${MetricName} ${Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(' ')}`;
const watched = new Set(alarms.flatMap(({ metrics }) => metrics.map(text)));

let bundles: ReadonlyMap<string, BundleInputs>;
beforeAll(async () => {
  bundles = await bundleInputs();
});

/** The metrics that a function's code counts, as Powertools writes them with the function's environment. */
function countedBy({ codeUri, environment }: (typeof everything.functions)[number]): string[] {
  const inputs = bundles.get(codeUri.replace('dist/', '')) ?? new Map<string, number>();
  const handlers = [...inputs.keys()].filter((path) => path.startsWith('handlers/'));
  return handlers
    .flatMap((path) => [...readFileSync(join(root, path), 'utf8').matchAll(/\bcount\('(\w+)'/g)])
    .map(([, name]) => {
      const { POWERTOOLS_METRICS_NAMESPACE: namespace, POWERTOOLS_SERVICE_NAME: service } = environment;
      return `${namespace} ${name} service=${service} stack=${environment.STACK_NAME}`;
    });
}

describe('alarms', () => {
  it.each(alarms)('$logicalId watches metrics that exist, and tells the team', (alarm) => {
    const exist = new Set([
      ...everything.queues.flatMap(({ name }) =>
        ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage'].map(
          (one) => `AWS/SQS ${one} QueueName=${name}`,
        ),
      ),
      ...everything.functions.map(({ name }) => `AWS/Lambda Errors FunctionName=${name}`),
      ...everything.functions.flatMap(countedBy),
      ...everything.topics.map(({ name }) => `AWS/SNS NumberOfNotificationsFailed TopicName=${name}`),
    ]);
    expect(alarm.metrics.length).toBeGreaterThan(0);
    for (const one of alarm.metrics) expect(exist).toContain(text(one));
    const second = everything.parameters.AlarmTargetArn;
    const teller = everything.functions.find(({ logicalId }) => logicalId === 'TellAlarmFunction')?.arn;
    expect(alarm.AlarmActions).toEqual([teller, second]);
    expect(alarm.OKActions).toEqual([teller, second]);
    for (const { Expression } of alarm.Metrics ?? []) {
      const ids = (alarm.Metrics ?? []).map(({ Id }) => Id);
      if (Expression !== undefined)
        expect(ids).toEqual(
          expect.arrayContaining(
            [...Expression.matchAll(/(?:FILL|DIFF)\((\w+)\b(?!\()/g)].map(([, id]) => id),
          ),
        );
    }
  });

  it('are explained, each of them', () => {
    const page = readFileSync(join(root, 'docs/operation.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(\w+Alarm)` \|/gm)].map(([, name]) => name);
    expect(rows).toEqual(alarms.map(({ logicalId }) => logicalId));
  });

  it('watch every dead-letter queue, and the age of what waits before it', () => {
    for (const { name, attributes } of everything.queues) {
      const lost = attributes.RedrivePolicy === undefined;
      const what = lost ? 'ApproximateNumberOfMessagesVisible' : 'ApproximateAgeOfOldestMessage';
      expect(watched).toContain(`AWS/SQS ${what} QueueName=${name}`);
    }
  });

  it('tell what has come to a dead-letter queue, the first message after a long silence too, and not what is there', () => {
    const dead = everything.queues.filter(({ attributes }) => attributes.RedrivePolicy === undefined);
    const tells = alarms.filter(({ metrics }) =>
      dead.some(({ name }) => metrics.some((one) => one.Dimensions.some(({ Value }) => Value === name))),
    );
    expect(tells).toHaveLength(dead.length);
    for (const { Metrics = [], ...alarm } of tells) {
      expect(Metrics.flatMap(({ Expression }) => Expression ?? [])).toEqual(['DIFF(FILL(waiting, 0))']);
      // FILL takes the newest period for empty until SQS has told of it: a later look finds it among the last ones.
      expect(alarm).toMatchObject({ Threshold: 0, EvaluationPeriods: 3, DatapointsToAlarm: 1 });
    }
  });

  it('watch the errors of every function that nobody waits for', () => {
    const polled = everything.eventSources.map(({ functionName }) => functionName);
    const scheduled = everything.schedules.flatMap(({ targetArn }) =>
      everything.functions.filter(({ arn }) => arn === targetArn).map(({ name }) => name),
    );
    for (const name of [...polled, ...scheduled])
      expect(watched).toContain(`AWS/Lambda Errors FunctionName=${name}`);
  });

  it('hear 26 hours of silence', () => {
    const silence = alarms.find(({ metrics }) => metrics[0]?.MetricName === 'SweepCompleted');
    expect(silence).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
    expect((silence?.Period ?? 0) * (silence?.EvaluationPeriods ?? 0)).toBe(26 * 3600);
  });
});

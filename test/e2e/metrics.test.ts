import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';

const embeddedMetric = z.object({
  _aws: z.object({
    CloudWatchMetrics: z.array(
      z.object({ Namespace: z.string(), Metrics: z.array(z.object({ Name: z.string() })) }),
    ),
  }),
  service: z.string(),
  stack: z.string(),
});

let deployed: DeployedStack;
beforeAll(async () => {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
    parameters: { LogLevel: 'ERROR' },
  });
});
afterAll(() => deployed.stop());

it('metrics leave at every log level, and say whose stack they are of', async () => {
  const { stack } = deployed;
  stack.tick('SweepFunctionDaily');
  await stack.settle();
  const lines = stack.invocations('CheckPrincipalsFunction').flatMap(({ logs }) => logs);
  const metrics = lines
    .filter((line) => line.includes('"_aws"'))
    .map((line) => embeddedMetric.parse(JSON.parse(line)));
  expect(metrics.map(({ service, stack: of }) => [service, of])).toContainEqual([
    'rekognition-permission-check',
    'local',
  ]);
  const names = metrics.flatMap(({ _aws }) =>
    _aws.CloudWatchMetrics.flatMap((one) => one.Metrics.map(({ Name }) => Name)),
  );
  expect(names).toContain('SweepCompleted');
  expect(names).toContain('PrincipalsChecked');
  expect(lines.filter((line) => line.includes('message answered'))).toEqual([]);
});

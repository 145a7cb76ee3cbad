import { runSimulation } from '@cloud-copilot/iam-simulate';
import { decide, PolicyCompiler } from '../index.ts';

/** Decisions a second beside those of an independent engine, on the same requests in the same run: npm run bench */

const document = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['s3:Get*', 's3:ListBucket'],
      Resource: 'arn:aws:s3:::team-${aws:PrincipalTag/team}/*',
    },
    {
      Effect: 'Allow',
      Action: 's3:PutObject',
      Resource: '*',
      Condition: { IpAddress: { 'aws:SourceIp': ['198.51.100.0/24', '203.0.113.0/24'] } },
    },
    {
      Effect: 'Deny',
      Action: 's3:Delete*',
      Resource: '*',
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    },
  ],
};
const actions = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'];
const resource = 'arn:aws:s3:::team-vision/photo.jpg';
const principal = 'arn:aws:iam::123456789012:user/ann';
const context = {
  'aws:PrincipalArn': principal,
  'aws:PrincipalTag/team': 'vision',
  'aws:SourceIp': '203.0.113.10',
  'aws:MultiFactorAuthPresent': 'true',
};
const seconds = 2;

/** How often something is done in a second. */
async function rateOf(act: () => unknown): Promise<number> {
  for (let warm = 0; warm < 200; warm++) await act();
  const started = performance.now();
  let count = 0;
  while (performance.now() - started < seconds * 1000) {
    for (let batch = 0; batch < 50; batch++) await act();
    count += 50;
  }
  return (count * actions.length) / ((performance.now() - started) / 1000);
}

const set = new PolicyCompiler(actions).compileSet({
  identity: [{ name: 'own', type: 'inline', text: JSON.stringify(document) }],
});
const ours = await rateOf(() => {
  for (const action of actions) decide(set, { action, resource, context });
});
const theirs = await rateOf(async () => {
  for (const action of actions) {
    await runSimulation(
      {
        identityPolicies: [{ name: 'own', policy: document }],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        request: {
          principal,
          action,
          resource: { resource, accountId: '123456789012' },
          contextVariables: context,
        },
      },
      {},
    );
  }
});
console.log(
  `${Math.round(ours).toLocaleString('en')} decisions/s beside ${Math.round(theirs).toLocaleString('en')} of iam-simulate: ${Math.round(ours / theirs)}×`,
);

import { expect, test } from 'vitest';
import { accountOfRoles, file, run } from './program.ts';

const allow = (Action: string | readonly string[], Resource = '*') => ({ Effect: 'Allow', Action, Resource });
const own = (...statements: readonly object[]) => [
  { PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: statements } },
];
const rules = file(
  'true-words.yaml',
  'principals:\n  - { match: "*", expect: [reading] }\nsets:\n  reading:\n    - { Effect: Allow, Action: rekognition:DetectFaces, Resource: "*" }\n',
);

async function checked(roles: Parameters<typeof accountOfRoles>[0], ...options: readonly string[]) {
  const account = file('true-words.json', accountOfRoles(roles));
  const args = ['check', '--account-details', account, '--expectations', rules, '--quiet', ...options];
  return (await run(args)).stdout;
}

test('principals share a line only where what is told of it is true of all', async () => {
  const text = await checked(
    {
      misspelt: own(allow('rekognition:DetectFace')),
      narrow: own(allow('rekognition:DetectFaces', 'arn:aws:rekognition:*:*:collection/a')),
    },
    '--details',
  );
  expect(text).toMatch(/role\/misspelt +missing[\s\S]*did you mean DetectFaces\?/);
  expect(text).toMatch(/role\/narrow +missing[\s\S]*names DetectFaces only on a collection/);
  expect(text).not.toContain('likewise');
});

test('a condition is told as what limits, not the resources that do not', async () => {
  const limited = {
    ...allow('rekognition:DeleteFaces'),
    Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
  };
  const account = file('limited.json', accountOfRoles({ limited: own(limited) }));
  const { stdout } = await run([
    ...['explain', 'role/limited', 'DeleteFaces', '--account-details', account, '--expectations', rules],
    ...['--context', 'aws:SourceIp=10.0.0.1'],
  ]);
  expect(stdout).toContain('It is allowed only from 10.0.0.0/8.');
});

test('and where what is to be done about it is the same', async () => {
  const faces = allow('rekognition:DeleteFaces');
  const text = await checked(
    {
      alone: own(allow('rekognition:DetectFaces'), faces),
      alike: own(allow('rekognition:DetectFaces'), faces),
      whole: own(faces),
    },
    '--details',
  );
  expect(text).toContain('role/alike and 1 more  excess');
  expect(text).toMatch(/role\/whole +excess[\s\S]*delete-role-policy --role-name whole/);
});

import { PolicyCompiler } from '@permission-check/iam-policy';
import { expect, it } from 'vitest';
import { actionTable } from '#lib/catalog/actions.ts';
import { statementText } from '#lib/words/labels.ts';

const textOf = (statement: object): string => {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...statement } });
  const { layers } = new PolicyCompiler(actionTable).compileSet({
    identity: [{ name: 'p', type: 'inline', text }],
  });
  const [matched] = layers.flatMap(({ statements }) => statements.map((one) => one.matched));
  if (matched === undefined) throw new Error('there is no statement');
  return statementText(matched);
};

it('a statement shows what it says of Rekognition first, whatever it says of other services', () => {
  const Action = ['s3:GetObject', 's3:PutObject', 'logs:*', 'kinesis:*', 'rekognition:SearchFaces'];
  expect(textOf({ Action, Resource: '*' })).toMatch(/^rekognition:SearchFaces, s3:GetObject/);
  expect(textOf({ Action: ['s3:*', '*'], Resource: '*' })).toMatch(/^\*/);
  expect(textOf({ NotAction: ['iam:*', 'rekognition:*'], Resource: '*' })).toBe(
    'everything but rekognition:* and iam:* on *',
  );
});

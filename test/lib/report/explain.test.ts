import { describe, expect, test } from 'vitest';
import { renderExplanation } from '#lib/report/explain.ts';
import { allow, arn, compiler, managed, policy } from '#test/lib/compare/fixtures.ts';

const golden = (text: string, name: string) => expect(text).toMatchFileSnapshot(`./golden/${name}.txt`);

describe('an explanation', () => {
  const searching = compiler.compileSet({
    identity: [
      policy('search', [
        {
          Sid: 'FromTheOffice',
          ...allow('rekognition:SearchFacesByImage', '*', {
            IpAddress: { 'aws:SourceIp': '198.51.100.0/24' },
          }),
        },
        allow('rekognition:SearchFacesByImage', 'arn:aws:rekognition:*:*:collection/shop-*'),
      ]),
    ],
    boundary: managed('AmazonRekognitionReadOnlyAccess'),
    scps: [[policy('p-eu-only', [allow('*')], { type: 'scp' })]],
  });
  const request = { action: 'rekognition:SearchFacesByImage', resource: arn('collection/visitors-2026') };

  test('of a denial', () =>
    golden(
      renderExplanation({
        subject: 'role/shop-search',
        request: { ...request, context: { 'aws:SourceIp': '203.0.113.10' } },
        set: searching,
      }),
      'explain-denied',
    ));
  test('of what is allowed', () =>
    golden(
      renderExplanation({
        subject: 'role/shop-search',
        request: { ...request, context: { 'aws:SourceIp': '198.51.100.7' } },
        set: searching,
        evidence: [{ kind: 'simulated', decision: 'allowed' }],
      }),
      'explain-allowed',
    ));
});

test.each([
  [{}, 2],
  [{ Version: '2008-10-17' }, 2],
  [{ Version: '2012-10-17' }, 0],
])('what looks like a variable is said to be none where the document has none: %j', (version, times) => {
  const own = 'arn:aws:rekognition:*:*:collection/${aws:username}';
  const statements = [
    allow('rekognition:ListFaces', own),
    {
      ...allow('rekognition:*', '*', { StringEquals: { 'aws:PrincipalTag/team': '${aws:username}' } }),
      Effect: 'Deny',
    },
  ];
  const text = JSON.stringify({ ...version, Statement: statements });
  const explained = renderExplanation({
    subject: 'user/ana',
    request: {
      action: 'rekognition:ListFaces',
      resource: arn('collection/b'),
      context: { 'aws:username': 'ana' },
    },
    set: compiler.compileSet({ identity: [{ name: 'own', type: 'inline', text }] }),
  }).replaceAll(/\s+/g, ' ');
  const found =
    explained.match(/\$\{aws:username\} is plain text, as the document lacks "Version": "2012-10-17"/g) ?? [];
  expect(found.length).toBe(times);
});

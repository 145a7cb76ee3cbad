import { describe, expect, test } from 'vitest';
import { allow, arn, asked, baseline, compared, expecting, policy, role } from './fixtures.ts';

const other = 'arn:aws:rekognition:us-east-1:111122223333:collection/people';
const project = 'arn:aws:rekognition:us-east-1:123456789012:project/shop';

describe('a statement that nearly allows what is missing', () => {
  test.each([
    [
      'DetectFaces',
      allow('rekognition:DetectFaces', other),
      'it has no resource type and needs Resource "*"',
    ],
    [
      'IndexFaces',
      allow('rekognition:IndexFaces', other),
      'of account 111122223333, and this is account 123456789012',
    ],
    [
      'SearchFaces',
      allow('rekognition:SearchFaces', `${project}/1580810380094`),
      'names SearchFaces only on a project: it needs the ARN of a collection',
    ],
    [
      'StartProjectVersion',
      allow('rekognition:StartProjectVersion', `${project}/1580810380094`),
      'only on a project: it needs the ARN of a project version',
    ],
    [
      'IndexFaces',
      allow('rekognition:IndexFaces', 'arn:aws:s3:::photos/*'),
      'only on arn:aws:s3:::photos/*: it needs the ARN of a collection',
    ],
    [
      'IndexFaces',
      allow('rekognition:IndexFaces', 'arn:aws:rekogntion:us-east-1:123456789012:collection/people'),
      'only on arn:aws:rekogntion:us-east-1:123456789012:collection/people: it needs the ARN of a collection',
    ],
    [
      'IndexFaces',
      allow('amazon-rekognition:IndexFaces'),
      'names amazon-rekognition:IndexFaces, which is no action of any service: did you mean rekognition:IndexFaces?',
    ],
    [
      'DetectModerationLabels',
      allow('rekognition:DetectModerationLabels', other),
      'only on a collection: it needs the ARN of a project version, or Resource "*"',
    ],
    ['CreateDataset', allow('rekognition:CreateDataset', project), 'lacks the time of creation at its end'],
    [
      'DetectLabels',
      allow('rekognition:DetectLabel'),
      'names DetectLabel, which is no action: did you mean DetectLabels?',
    ],
    [
      'DetectLabels',
      allow('rekognition:detect-labels'),
      'names detect-labels, which is no action: did you mean DetectLabels?',
    ],
    [
      'DetectLabels',
      allow('rekognition:DetectLabelsCommand'),
      'which is no action: did you mean DetectLabels?',
    ],
    [
      'DetectLabels',
      allow('rekognition:DetctLab*'),
      'names DetctLab*, which is no action: did you mean DetectLabels?',
    ],
    [
      'DetectLabels',
      allow('recognition:DetectLabels'),
      'names recognition:DetectLabels, which is no action of any service: did you mean rekognition:DetectLabels?',
    ],
    [
      'IndexFaces',
      allow('rekognition:IndexFaces', 'arn:aws:rekognition:us-east-1:account-id:collection/people'),
      'of account account-id, and this is account 123456789012',
    ],
    [
      'IndexFaces',
      allow('rekognition:IndexFaces', 'arn:aws:rekognition:us-east-1::collection/people'),
      'only on resources without an account, and this is account 123456789012',
    ],
  ])('%s', (name, statement, words) => {
    const principal = role('near', [policy('p', [statement])]);
    const expected = expecting('set', [policy('set', [allow(`rekognition:${name}`)], { type: 'set' })]);
    const [finding, ...others] = compared({ principal, expectation: expected });
    expect(others).toEqual([]);
    expect(finding?.summary).toContain(words);
    expect(finding?.summary).toContain('statement 1 (line 4) of inline policy "p"');
    expect(finding?.summary).not.toContain('no policy allows');
    expect(finding?.by.map(({ policy: { name: by } }) => by)).toEqual(['p']);
  });

  test('is found in a boundary, too', () => {
    const principal = role('near', [policy('p', [allow('rekognition:DetectFaces')])], {
      boundary: policy('edge', [allow('rekognition:DetectFaces', other)]),
    });
    const expected = expecting('set', [policy('set', [allow('rekognition:DetectFaces')], { type: 'set' })]);
    const [finding] = compared({ principal, expectation: expected });
    expect(finding?.summary).toMatch(
      /of the permissions boundary .*"edge" names DetectFaces only on a collection/,
    );
  });

  test('is none on the resource that it needs, where a condition keeps it to a Region', () => {
    const condition = { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } };
    const principal = role('regional', [policy('p', [allow('rekognition:DetectText', '*', condition)])]);
    const expected = expecting('set', [policy('set', [allow('rekognition:DetectText')], { type: 'set' })]);
    const [finding] = compared({ principal, expectation: expected });
    expect(finding?.summary).toContain('no policy allows it');
    expect(finding?.summary).not.toMatch(/needs Resource|account/);
  });

  test('is none in another service whose actions are called alike', () => {
    const principal = role('far', [policy('p', [allow('translate:DetectLabels')])]);
    const expected = expecting('set', [policy('set', [allow('rekognition:DetectLabels')], { type: 'set' })]);
    expect(compared({ principal, expectation: expected })[0]?.summary).toContain('no policy allows it');
  });

  test('nothing is guessed where a statement allows something else on purpose', () => {
    const shop = allow('rekognition:SearchFaces', 'arn:aws:rekognition:*:*:collection/shop-*');
    const [finding] = compared({
      principal: role('far', [policy('p', [shop])]),
      expectation: expecting('set', [policy('set', [allow('rekognition:SearchFaces')], { type: 'set' })]),
      observations: asked([
        {
          action: 'rekognition:SearchFaces',
          resource: 'arn:aws:rekognition:us-east-1:123456789012:collection/shop-1',
          context: baseline,
        },
      ]),
    });
    expect(finding?.summary).toContain('no policy allows it there, only on collection/shop-*');
  });
});

describe('a Deny that nearly denies what is not expected', () => {
  const nothing = expecting('nothing', []);
  const denying = (action: string, resource = '*') => ({ ...allow(action, resource), Effect: 'Deny' });
  const found = (...statements: object[]) =>
    compared({ principal: role('open', [policy('p', statements)]), expectation: nothing }).map(
      ({ summary }) => summary,
    );

  test.each([
    [
      'DeleteFaces',
      denying('rekognition:DeleteFace'),
      'names DeleteFace, which is no action: did you mean DeleteFaces?',
    ],
    [
      'DeleteFaces',
      denying('rekogniton:*Faces'),
      'names rekogniton:*Faces, which is no action of any service',
    ],
    ['DetectText', denying('rekognition:DetectText', other), 'names DetectText only on a collection'],
    ['CreateDataset', denying('rekognition:CreateDataset', project), 'lacks the time of creation at its end'],
  ])('%s', (name, statement, words) => {
    const [summary = ''] = found(allow(`rekognition:${name}`), statement);
    expect(summary).toContain('A Deny misses it: statement 2 (line 9) of inline policy "p"');
    expect(summary).toContain(words);
  });

  test('is none where it is about other actions, or about other resources of the same kind', () => {
    for (const statement of [
      denying('rekognition:ListFaces'),
      denying('rekognition:*', other),
      denying('rekognition:DeleteFaces', arn('collection/kept')),
      denying('translate:DeleteFace'),
    ])
      expect(
        found(allow(['rekognition:DeleteFaces', 'rekognition:DetectText']), statement).join(),
      ).not.toContain('misses');
  });
});

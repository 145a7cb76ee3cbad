import { describe, expect, test } from 'vitest';
import { readAnswer } from '#test/support/answers.ts';
import { accountOf, file, run, sample } from './program.ts';

describe('explain, of a file', () => {
  test.each([
    ['boundary', ['role/shop-search', 'SearchFacesByImage']],
    ['source-ip', ['role/returns-desk', 'SearchFacesByImage']],
    ['scp', ['role/video-lab', 'rekognition:startstreamprocessor']],
    ['guard', ['user/tomas', 'StartProjectVersion']],
    ['explicit', ['user/photo-editor', 'SearchFaces']],
    ['tag', ['role/store-vision', 'SearchFaces']],
    ['administrator', ['user/alice', 'DeleteFaces']],
  ])('%s', async (name, args) => {
    const { code, stdout, stderr } = await run(['explain', ...args, ...sample]);
    expect(stderr).toBe('');
    await expect(stdout).toMatchFileSnapshot(`golden/explain-${name}.txt`);
    expect(code).toBe(0);
  });

  const desk = ['explain', 'role/returns-desk', 'SearchFacesByImage', ...sample];

  test("a resource and a context of one's own", async () => {
    const inside = ['--resource', 'collection/customers-2026', '--context', 'aws:sourceip=198.51.100.7'];
    const { stdout } = await run([...desk, ...inside]);
    expect(stdout).toMatch(/on collection\/customers-2026, with aws:sourceip 198\.51\.100\.7: ALLOWED/);
    const outside = await run([...desk, '--resource', 'collection/customers-2026']);
    expect(outside.stdout).toMatch(/on collection\/customers-2026: DENIED \(implicit, identity\)/);
    expect(outside.stdout).toMatch(/allows, but only from\s+198\.51\.100\.0\/24 \(asked: 203\.0\.113\.10\)/);
    expect(outside.stdout).toContain('It would be allowed from 198.51.100.0/24.');
  });

  test('a key left out of the context', async () => {
    const { stdout } = await run([
      ...desk,
      '--resource',
      'collection/customers-1',
      '--context',
      'aws:SourceIp=',
    ]);
    expect(stdout).toContain('without aws:SourceIp: DENIED');
    expect(stdout).toContain('(asked: absent)');
  });

  test('an ARN of another Region is asked about there', async () => {
    const resource = 'arn:aws:rekognition:eu-west-1:123456789012:collection/customers-1';
    const { stdout } = await run([...desk, '--resource', resource]);
    expect(stdout).toContain('with aws:RequestedRegion eu-west-1: DENIED');
  });

  const sentence = (who: string, action: string, resource: string, reason: string) =>
    `User: arn:aws:sts::123456789012:assumed-role/${who}/ana is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
  const customers = 'arn:aws:rekognition:us-east-1:123456789012:collection/customers-1';

  test.each([
    [
      'the layer and the statement of an explicit deny',
      sentence(
        'video-lab',
        'rekognition:StartStreamProcessor',
        'arn:aws:rekognition:us-east-1:123456789012:streamprocessor/door',
        'with an explicit deny in a service control policy',
      ),
      /refused rekognition:StartStreamProcessor \(a Deny in a service control policy\)\.\nSmallest change: take\s+rekognition:StartStreamProcessor\s+out of SCP/,
    ],
    [
      'a statement to add, and what refuses it then',
      sentence(
        'shop-search',
        'rekognition:DeleteFaces',
        customers,
        'because no identity-based policy allows the rekognition:DeleteFaces action',
      ),
      /Smallest change: give role\/shop-search a policy with\s+\{"Effect":"Allow","Action":"rekognition:DeleteFaces".*Then the permissions boundary refuses it/s,
    ],
    [
      'the boundary that must allow it',
      sentence(
        'shop-search',
        'rekognition:SearchFacesByImage',
        customers,
        'because no permissions boundary allows the rekognition:SearchFacesByImage action',
      ),
      /Smallest change: add\s+\{.*to shop-boundary; no other policy can allow it\.\s+role\/shop-search can/s,
    ],
    [
      'the boundary, and that no other policy allows it either',
      sentence(
        'shop-search',
        'rekognition:DeleteFaces',
        customers,
        'because no permissions boundary allows the rekognition:DeleteFaces action',
      ),
      /Smallest change: add\s+\{.*to shop-boundary;.*Then no identity-based policy allows it: give role\/shop-search a policy with\s+\{"Effect":"Allow","Action":"rekognition:DeleteFaces"/s,
    ],
    [
      'an action of another service',
      sentence(
        'analyst',
        's3:GetObject',
        '"arn:aws:s3:::images/a.jpg"',
        'because no identity-based policy allows the s3:GetObject action',
      ),
      /role\/analyst → s3:GetObject on images\/a\.jpg: DENIED.*"Resource":"arn:aws:s3:::images\/a\.jpg"/s,
    ],
    [
      'a session policy, which no account file has',
      sentence(
        'returns-desk',
        'rekognition:DetectFaces',
        '*',
        'because no session policy allows the rekognition:DetectFaces action',
      ),
      /session policy that is passed/,
    ],
  ])("AWS's error: %s", async (_, text, words) => {
    const { stdout, stderr, code } = await run(['explain', '--error', text, ...sample]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(words);
    expect(code).toBe(0);
  });

  test('for machines: every layer with its statements, what was expected, and what it would take', async () => {
    const asked = [
      'explain',
      'role/returns-desk',
      'SearchFacesByImage',
      ...sample,
      '--resource',
      'collection/customers-1',
    ];
    const { stdout, code } = await run([
      ...asked,
      '--context',
      'aws:SourceIp=203.0.113.9',
      '--format',
      'json',
    ]);
    expect(code).toBe(0);
    expect(readAnswer(stdout)).toMatchObject({
      command: 'explain',
      notes: [],
      reachedBy: expect.any(String),
      requests: [
        {
          subject: 'role/returns-desk',
          action: 'rekognition:SearchFacesByImage',
          request: { context: { 'aws:SourceIp': '203.0.113.9' } },
          decision: 'implicitDeny',
          blockedBy: 'identity',
          layers: expect.arrayContaining([
            {
              layer: 'identity',
              statements: [
                expect.objectContaining({
                  effect: 'Allow',
                  applies: false,
                  but: expect.stringMatching(/only from 198\.51\.100\.0\/24/),
                  line: expect.any(Number),
                }),
              ],
            },
          ]),
          expected: { label: expect.any(String), file: expect.any(String), line: expect.any(Number) },
          allowedWhere: [expect.stringContaining('198.51.100.0/24')],
        },
      ],
    });
  });

  test('for machines: a refused call, and a policy that cannot be read', async () => {
    const reason = 'because no identity-based policy allows the s3:GetObject action';
    const text = sentence('analyst', 's3:GetObject', '"arn:aws:s3:::images/a.jpg"', reason);
    const denied = await run(['explain', '--error', text, ...sample, '--format', 'json']);
    expect(readAnswer(denied.stdout)).toMatchObject({
      requests: [{ action: 's3:GetObject', decision: 'implicitDeny' }],
      denial: { layer: 'identity', explicit: false, denies: [], allowedByDocuments: false },
    });
    const kiosk = ['explain', 'role/kiosk-prototype', 'DetectFaces', ...sample, '--format', 'json'];
    const unread = await run(kiosk);
    expect(readAnswer(unread.stdout)).toMatchObject({
      requests: [],
      notes: [expect.stringMatching(/line 6, column 23: Effect must be/)],
    });
    expect(unread.code).toBe(2);
  });

  test("AWS's error of what the documents allow: exit 2", async () => {
    const reason = 'because no identity-based policy allows the rekognition:ListCollections action';
    const text = sentence('analyst', 'rekognition:ListCollections', '*', reason);
    const { stdout, code } = await run(['explain', '--error', text, ...sample]);
    expect(stdout).toContain('The documents at hand allow it');
    expect(code).toBe(2);
  });

  test('a CloudTrail event in a file, with its own context', async () => {
    const event = {
      eventSource: 'rekognition.amazonaws.com',
      eventName: 'SearchFacesByImage',
      awsRegion: 'us-east-1',
      sourceIPAddress: '203.0.113.9',
      errorCode: 'AccessDenied',
      errorMessage: sentence(
        'returns-desk',
        'rekognition:SearchFacesByImage',
        customers,
        'because no identity-based policy allows the rekognition:SearchFacesByImage action',
      ),
      userIdentity: { arn: 'arn:aws:sts::123456789012:assumed-role/returns-desk/ana' },
    };
    const path = file('event.json', JSON.stringify({ detail: event }));
    const { stdout } = await run(['explain', '--error', path, ...sample]);
    expect(stdout).toMatch(/allows, but only from\s+198\.51\.100\.0\/24 \(asked: 203\.0\.113\.9\)/);
  });

  test('a policy that IAM would not take: exit 2', async () => {
    const { code, stdout } = await run(['explain', 'role/kiosk-prototype', 'DetectFaces', ...sample]);
    expect(stdout).toMatch(/INCONCLUSIVE\n {2}policy "kiosk", line 6, column 23: Effect must be/);
    expect(code).toBe(2);
  });

  test('what others wrote cannot act on the terminal', async () => {
    const document = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'rekognition:*', Resource: '*' },
    };
    const account = file('a.json', accountOf([{ PolicyName: '\u001b[2J\u202e', PolicyDocument: document }]));
    const { stdout } = await run(['explain', 'role/quiet', 'DetectFaces', '--account-details', account]);
    expect(stdout).toContain('inline policy "\\u{1b}[2J\\u{202e}"');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

test.each([
  ['DetectText', 'names DetectText only on a collection: it has no resource type and needs Resource "*".'],
  ['StartProjectVersion', 'only on a collection: it needs the ARN of a project version.'],
  ['DetectLabels', 'names DetectLabel, which is no action: did you mean DetectLabels?'],
])('explain says what is wrong with the statement that was to allow %s', async (action, words) => {
  const Resource = 'arn:aws:rekognition:*:*:collection/visitors';
  const Action = ['rekognition:DetectText', 'rekognition:StartProjectVersion', 'rekognition:DetectLabel'];
  const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource } };
  const account = file('near.json', accountOf([{ PolicyName: 'p', PolicyDocument: document }]));
  const args = ['explain', 'role/quiet', action, '--account-details', account];
  const { code, stdout } = await run(args);
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(words);
  expect(code).toBe(0);
  const { stdout: json } = await run([...args, '--format', 'json']);
  expect(readAnswer(json)).toMatchObject({
    requests: [{ nearMiss: { why: expect.stringContaining(words.replace(/\.$/, '')) } }],
  });
});

describe('explain: what cannot be used is said in a line, with exit 3', () => {
  test.each([
    [
      'an unknown action',
      ['role/analyst', 'DeletFaces'],
      /no action "DeletFaces" \(did you mean "DeleteFaces"\?\)/,
    ],
    ['a wildcard', ['role/analyst', 'rekognition:*'], /without wildcards/],
    ['an unknown principal', ['user/tom', 'DetectFaces'], /no user "tom"/],
    ['a near principal', ['user/tomass', 'DetectFaces'], /did you mean "user\/tomas"\?/],
    [
      'an unknown key',
      ['user/tomas', 'DetectFaces', '--context', 'aws:SourceIpp=1'],
      /did you mean "aws:SourceIp"\?/,
    ],
    ['no value', ['user/tomas', 'DetectFaces', '--context', 'aws:SourceIp'], /write KEY=VALUE/],
    [
      'a resource of the wrong type',
      ['user/tomas', 'DeleteFaces', '--resource', 'project/x/1'],
      /it takes collection\/NAME/,
    ],
    [
      'a resource where there is none',
      ['user/tomas', 'DetectFaces', '--resource', 'collection/x'],
      /leave --resource out/,
    ],
    [
      'a resource with a wildcard',
      ['user/tomas', 'DeleteFaces', '--resource', 'collection/*'],
      /without wildcards/,
    ],
    ['no action', ['user/tomas'], /name a principal and an action/],
  ] as const)('%s', async (_, args, words) => {
    const { code, stdout, stderr } = await run(['explain', ...args, ...sample]);
    expect(stderr).toMatch(words);
    expect(stdout).toBe('');
    expect(code).toBe(3);
  });
});
